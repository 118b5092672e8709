import type { Engine } from './engine.js';

// What each client starts with (engine.ts) is not its own setting; the role is no part of pg_settings.
const CAPTURE = `
  select name, setting from pg_settings
  where source = 'session'
    and not (name = 'search_path' and setting = '"$user", public') and not (name = 'enable_seqscan' and setting = 'on')
    and not (name = 'client_min_messages' and setting = 'notice') and not (name = 'TimeZone' and setting = 'UTC')
    and name <> 'varde.engine'
  union all
  select 'role', current_setting('role') where current_setting('role') <> 'none'`;

/** The settings of the backend's session that differ from the start's, to be given back to their client at its next turn. */
export async function captureSettings(engine: Engine): Promise<Map<string, string>> {
  const rows = await engine.query(CAPTURE);
  return new Map(rows.map(([name, setting]) => [name ?? '', setting ?? '']));
}

/** One statement that applies settings. */
export function settingStatements(settings: ReadonlyMap<string, string>): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return `select ${[...settings].map(([name, value]) => `set_config(${quoted(name)}, ${quoted(value)}, false)`).join(', ')}`;
}
