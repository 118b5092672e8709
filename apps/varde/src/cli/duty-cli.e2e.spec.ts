import { contactTestCode } from '@varde/store';
import { runCommand, SECRET } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';
import { joinOrganisations } from '../../../../test/joined.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

// A Thursday.
const NOW = new Date('2026-10-15T08:00:00Z');

/** Organisations, units, duty and contacts from the command line. */
describe('duty on the command line', () => {
  const db = testDatabase();
  let small: SmallCommunity;

  const run = (line: string) => runCommand(db.url, line, { now: () => NOW });
  const said = async (line: string) => {
    const outcome = await run(line);
    expect(outcome).toMatchObject({ code: 0 });
    return outcome.said;
  };

  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
  });

  test('organisations have a kind; a unit says when it is open and what it does', async () => {
    expect(await said('organisation add "Østvik kommune" --kind municipality')).toMatch(
      /^Organisation \d+: Østvik kommune \(municipality\)$/,
    );
    const [organisation] = await db.database.dataSource.query<{ organisation_id: number }[]>(
      `select organisation_id from unit where id = $1`,
      [small.units.north],
    );
    const id = organisation?.organisation_id ?? 0;
    expect(await said(`organisation kind ${id} municipality`)).toBe(`Organisation ${id} is municipality.`);
    expect(await said('organisation list')).toMatch(/Nordvik kommune +municipality/);
    expect(await run(`organisation kind ${id} county`)).toMatchObject({
      code: 2,
      said: expect.stringContaining('must be one of') as string,
    });
    expect(await run('organisation kind 77 municipality')).toEqual({ code: 1, said: 'varde: there is no organisation 77' });
    const changed = await said(
      `unit change ${small.units.north} --on-holidays closed --special-days "2026-12-24 08:00-14:00" --service "COPD at home"`,
    );
    expect(changed).toBe(
      [
        `Unit ${small.units.north}: Oppfølging Nordvik, open always`,
        'Public holidays  closed',
        'Special days     2026-12-24 08:00-14:00',
        'Services         COPD at home',
      ].join('\n'),
    );
    expect(await said(`unit change ${small.units.north} --service "COPD, heart failure" --service frail`)).toMatch(
      /Services +COPD, heart failure, frail$/,
    );
    expect(await said(`unit change ${small.units.north} --service ""`)).toMatch(/Services +not said$/);
    expect(await said(`unit change ${small.units.north} --hours "mon-fri 08:00-15:30"`)).toMatch(/closed\n.*2026-12-24 08:00-14:00\n/);
    expect(await run('unit change 99999 --hours always')).toEqual({ code: 1, said: 'varde: there is no unit 99999' });
  });

  test('a roster is entered week by week by local time, listed, kept and ended', async () => {
    const unit = small.units.north;
    expect(await run(`duty keep ${unit}`)).toMatchObject({ code: 1, said: expect.stringContaining('nobody is on the roster') as string });
    const weeks = `duty weeks ${unit} --person nora --hours "mon-fri 08:00-15:30" --from-day 2026-10-19 --weeks 2`;
    expect(await said(weeks)).toBe('10 entered, 0 were there already.');
    expect(await said(weeks)).toBe('0 entered, 10 were there already.');
    const night = `duty add ${unit} --person pia --kind on_call --from 2026-10-24T20:00:00+02:00 --to 2026-10-25T08:00:00+01:00`;
    expect(await said(night)).toBe('Entered.');
    expect(await said(night)).toBe('It was there already.');
    expect(await run(`duty add ${unit} --person siri --from 2026-10-24T20:00:00Z --to 2026-10-25T08:00:00Z`)).toMatchObject({ code: 1 });
    expect(await run(`duty add ${unit} --person nora --from 2026-10-24T20:00:00Z`)).toMatchObject({ code: 2 });
    const list = await said(`duty list ${unit}`);
    // Before and after the night of 25 October when the clock goes back.
    expect(list).toMatch(/Navn nora +shift +2026-10-23 06:00:00Z +2026-10-23 13:30:00Z/);
    expect(list).toMatch(/Navn nora +shift +2026-10-26 07:00:00Z +2026-10-26 14:30:00Z/);
    expect(list).toMatch(/Navn pia +on_call +2026-10-24 18:00:00Z +2026-10-25 07:00:00Z/);
    const id = /^(\d+) +Navn pia/m.exec(list)?.[1] ?? '';
    expect(await said(`duty keep ${unit}`)).toBe(`Unit ${unit} keeps a roster.`);
    expect(await said(`duty end ${unit} ${id}`)).toBe(`Duty ${id} has ended.`);
    expect(await said(`duty list ${unit}`)).not.toContain('pia');
    expect(await said(`duty keep ${unit} --off`)).toBe(`Unit ${unit} keeps no roster.`);
  });

  test('a contact is added, tested with its code, and removed', async () => {
    const unit = small.units.north;
    const added = await said(`contact add ${unit} --channel email --address nora@example.org --person nora`);
    const id = /^Contact (\d+): email nora@example.org, not tested yet/.exec(added)?.[1] ?? '';
    expect(await said(`contact add ${unit} --channel webhook --address https://example.org/varde`)).toMatch(
      /^Secret +\S{43} \(shown this once\)$/m,
    );
    expect(await run(`contact add ${unit} --channel sms --address 12345`)).toMatchObject({ code: 2 });
    expect(await said(`contact test ${id}`)).toBe('A running service sends a code now; it is good until 2026-10-15 08:30:00Z.');
    expect(await said(`contact list ${unit}`)).toMatch(
      /ID +REACHES +CHANNEL +ADDRESS +TESTED +CODE\n.*nora@example.org +- +waits to be sent\n/,
    );
    const notice = `update notice set next_try_at = null, sent_at = $1 where cause = 'contact_test'`;
    await db.database.dataSource.query(notice, [NOW]);
    expect(await said(`contact list ${unit}`)).toMatch(/nora@example.org +- +sent 2026-10-15 08:00:00Z\n/);
    await db.database.dataSource.query(`${notice.replace('sent_at', 'sent_at = null, given_up_at')}`, [NOW]);
    expect(await said(`contact list ${unit}`)).toMatch(/nora@example.org +- +could not be sent\n/);
    const [test] = await db.database.dataSource.query<{ id: number }[]>(`select id from contact_test where contact_id = $1`, [id]);
    expect(await run(`contact confirm ${id} 12`)).toMatchObject({ code: 2 });
    expect(await said(`contact confirm ${id} ${contactTestCode(SECRET, test?.id ?? 0)}`)).toBe(`Contact ${id} is tested.`);
    expect(await said(`contact list ${unit}`)).toMatch(
      /Navn nora +email +nora@example.org +2026-10-15 08:00:00Z +-\n\d+ +the unit +webhook/,
    );
    expect(await said(`contact remove ${id}`)).toBe(`Contact ${id} is removed.`);
    expect(await run(`contact remove ${id}`)).toMatchObject({ code: 1 });
  });

  test('a unit is owned together from step 4, and serves a municipality by agreement', async () => {
    const unit = small.units.clinic;
    expect(await run(`unit owners ${unit} --joint-with "Nordvik kommune"`)).toMatchObject({ code: 1 });
    expect(await run(`unit owners ${unit} --joint-with "Bergen, kommune"`)).toEqual({
      ...{ code: 1, said: 'varde: there is no organisation Bergen, kommune' },
    });
    const rows = await db.database.dataSource.query<{ organisation_id: number }[]>(
      `select organisation_id from unit where id = any($1::int[]) order by id`,
      [[small.units.north, unit]],
    );
    const [north = 0, trust = 0] = rows.map((row) => row.organisation_id);
    const { manager } = db.database.dataSource;
    await joinOrganisations(manager, small.pathwayId, { organisationIds: [north, trust], step: 4, programme: null }, NOW);
    expect(await said(`unit owners ${unit} --joint-with "Nordvik kommune"`)).toBe(`Unit ${unit} belongs to Sykehuset, Nordvik kommune.`);
    expect(await said(`unit owners ${unit}`)).toBe(`Unit ${unit} belongs to Sykehuset.`);
    const served = await said(`unit serve ${small.units.north} --municipality "Østvik kommune"`);
    const id = /^Agreement (\d+): unit \d+ serves Østvik kommune from 2026-10-15 08:00:00Z\.$/.exec(served)?.[1] ?? '';
    expect(await said(`unit agreements ${small.units.north}`)).toMatch(new RegExp(`^${id} +\\d+ +2026-10-15 08:00:00Z +-$`, 'm'));
    const ends = `unit unserve ${small.units.north} ${id} --at 2026-11-01T00:00:00Z`;
    expect(await said(ends)).toBe(`Agreement ${id} ends 2026-11-01 00:00:00Z.`);
    expect(await run(`unit serve ${unit} --municipality "Vestvik kommune"`)).toMatchObject({ code: 1 });
  });
});
