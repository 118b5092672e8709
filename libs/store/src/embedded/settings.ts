import type { Engine } from './engine.js';

// What each client starts with (engine.ts) is not its own setting; the role is no part of pg_settings.
const CAPTURE = `
  select name, setting from pg_settings
  where source = 'session'
    and not (name = 'search_path' and setting = '"$user", public') and not (name = 'enable_seqscan' and setting = 'on')
    and not (name = 'client_min_messages' and setting = 'notice') and not (name = 'TimeZone' and setting = 'UTC')
  union all
  select 'role', current_setting('role') where current_setting('role') <> 'none'`;

/**
 * The settings of the backend's session that differ from the start's, to be given back to their client at its next turn.
 * `customNames`: settings with a dot in the name that any client may have set; they are in no list of PostgreSQL's.
 */
export async function captureSettings(engine: Engine, customNames: ReadonlySet<string>): Promise<Map<string, string>> {
  const custom = [...customNames].map(
    (name) => `select ${quoted(name)}, current_setting(${quoted(name)}, true) where current_setting(${quoted(name)}, true) <> ''`,
  );
  const rows = await engine.query([CAPTURE, ...custom].join(' union all '));
  return new Map(rows.map(([name, setting]) => [name ?? '', setting ?? '']));
}

/** One statement that applies settings. */
export function settingStatements(settings: ReadonlyMap<string, string>): string {
  return `select ${[...settings].map(([name, value]) => `set_config(${quoted(name)}, ${quoted(value)}, false)`).join(', ')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
