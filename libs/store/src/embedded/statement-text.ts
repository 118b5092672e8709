/** What a client's SQL asks of the one shared backend that the server must know of. */
export interface Asked {
  /** A sentence when the statement cannot be allowed here, else null. */
  readonly refused: string | null;
  /** Channels that a LISTEN names. */
  readonly listens: readonly string[];
  /** Channels that an UNLISTEN names; '*' for all. */
  readonly unlistens: readonly string[];
  /** Whether settings of the session may change beyond the transaction. */
  readonly setsSettings: boolean;
  /** Settings of our own making (with a dot in the name) that it may set; PostgreSQL lists those nowhere. */
  readonly customSettings: readonly string[];
}

const NOTHING: Asked = { refused: null, listens: [], unlistens: [], setsSettings: false, customSettings: [] };

// Cheap first sieve: nearly every statement of the program stops here.
const MAY_MATTER = /\b(listen|unlisten|set|reset|set_config|copy|discard|deallocate)\b/i;

// Literals, dollar quotes and comments may hold any words.
const NOT_CODE = /'(?:[^']|'')*'|\$([A-Za-z_0-9]*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g;

const CUSTOM_SETTING = /\bset(?:\s+session)?\s+([a-z_][\w$]*\.[a-z_][\w$]*)|\bset_config\s*\(\s*'([a-z_][\w$]*\.[a-z_][\w$]*)'/gi;

/** Reads from SQL what concerns other clients of the same backend. Works on words, not on grammar: in doubt it says yes to `setsSettings`. */
export function readAsked(sql: string): Asked {
  if (!MAY_MATTER.test(sql)) return NOTHING;
  const statements = sql.replace(NOT_CODE, "''").split(';');
  const listens: string[] = [];
  const unlistens: string[] = [];
  let refused: string | null = null;
  let setsSettings = /\bset_config\s*\(/i.test(sql) && !/\bset_config\s*\([^()]*,\s*true\s*\)/i.test(sql);
  for (const statement of statements) {
    refused ??= readRefusal(statement);
    const channel = /^\s*(un)?listen\s+("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*|\*)/iu.exec(statement);
    if (channel?.[2] !== undefined) (channel[1] === undefined ? listens : unlistens).push(channelName(channel[2]));
    if (/^\s*(set(?!\s+(local|constraints|transaction)\b)|reset)\b/i.test(statement)) setsSettings = true;
  }
  const customSettings = setsSettings ? [...sql.matchAll(CUSTOM_SETTING)].map((found) => (found[1] ?? found[2] ?? '').toLowerCase()) : [];
  return { refused, listens, unlistens, setsSettings, customSettings };
}

function readRefusal(statement: string): string | null {
  if (/^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(statement)) {
    return 'the embedded database cannot take COPY FROM STDIN; use INSERT ... SELECT FROM unnest(...)';
  }
  if (/^\s*(discard\s+(all|plans|temp|temporary|sequences)|deallocate\s+(prepare\s+)?all)\b/i.test(statement)) {
    return 'the embedded database shares one backend between its clients: DISCARD and DEALLOCATE ALL would take from others';
  }
  return null;
}

function channelName(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
