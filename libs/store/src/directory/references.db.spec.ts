import { referenceAt } from '@varde/plans';
import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { showTestChange } from '../../../../test/shown.js';
import type { Author } from './limits.js';
import { readAgreement } from './patients.js';
import { changeReference, endReference, readReferences, type ReferenceChange } from './references.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);

describe('references', () => {
  const db = testDatabase();
  let patientId = 0;
  let physician: Author;
  let nurse: Author;
  const dry = (value: number, expectedVersion: number): ReferenceChange => ({
    ...{
      patientId,
      key: 'dry-weight',
      value,
      reason: 'after treatment',
      validFrom: null,
      validTo: null,
      reviewBy: day(90),
      expectedVersion,
      previewId: null,
    },
  });
  const show = (author: Author, key: ReferenceChange['key'], value: number | null, at: Date) => {
    const change = { kind: 'reference', key, value } as const;
    return showTestChange(db.manager, { patientId, unitId: null, personId: author.personId, change }, at);
  };
  /** Shown to who makes it, and made. */
  const make = async (author: Author, change: ReferenceChange, at: Date) =>
    changeReference(db.manager, author, { ...change, previewId: await show(author, change.key, change.value, at) }, at);

  beforeAll(async () => {
    physician = { personId: await makeTestPerson(db.manager, 'physician', 'physician', NOW), roles: ['physician'] };
    nurse = { personId: await makeTestPerson(db.manager, 'nurse', 'nurse', NOW), roles: ['nurse'] };
  });
  beforeEach(async () => {
    const community = await makeTestCommunity(db.manager, `references-${Math.random().toString(36).slice(2)}`, NOW);
    patientId = await makeTestPatient(db.manager, community, NOW);
  });

  test('versions follow each other; the plan has the one in force', async () => {
    await make(physician, dry(80, 0), NOW);
    await make(physician, dry(78.5, 1), day(5));
    expect(await readReferences(db.manager, patientId)).toMatchObject([
      { version: 2, value: 78.5, validFrom: day(5), validTo: null, reviewBy: day(90), setByName: 'physician' },
      { version: 1, value: 80, validTo: day(5) },
    ]);
    const { plan } = await readAgreement(db.manager, patientId, day(6));
    expect([day(1), day(6)].map((at) => referenceAt(plan, 'dry-weight', at)?.value)).toEqual([80, 78.5]);
    expect(plan.birthYear).toBe(1950);
  });

  test('an end brings back what was before, and is said to be nobody else', async () => {
    const { id: referenceId } = await make(physician, dry(80, 0), NOW);
    const end = async (who: Author, at: Date) =>
      endReference(db.manager, who, { patientId, referenceId, previewId: await show(who, 'dry-weight', null, at) }, at);
    await expect(end(nurse, day(1))).rejects.toMatchObject({ name: 'Forbidden' });
    await expect(endReference(db.manager, physician, { patientId, referenceId, previewId: null }, day(1))).rejects.toMatchObject({
      name: 'NotPreviewed',
    });
    await end(physician, day(1));
    await expect(end(physician, day(2))).rejects.toMatchObject({ name: 'Conflict' });
    expect(referenceAt((await readAgreement(db.manager, patientId, day(2))).plan, 'dry-weight', day(2))).toBeNull();
  });

  test.each<[string, Partial<ReferenceChange>, 'physician' | 'nurse', string | null]>([
    ['an order by a nurse', {}, 'nurse', 'Forbidden'],
    ['NEWS2 scale 2 by a nurse', { key: 'news2-scale-2', value: 1 }, 'nurse', 'Forbidden'],
    ['NEWS2 scale 2 by a physician', { key: 'news2-scale-2', value: 1 }, 'physician', null],
    ['an oxygen target by a nurse', { key: 'spo2-target-88-92', value: 1 }, 'nurse', 'Forbidden'],
    ['a fact by a nurse', { key: 'cuff-fitted', value: 1 }, 'nurse', null],
    ['outside its range', { value: 800 }, 'physician', 'Invalid'],
    ['in the past', { validFrom: day(-2) }, 'physician', 'Invalid'],
    ['seen by nobody', { expectedVersion: 1 }, 'physician', 'Conflict'],
  ])('%s', async (_what, over, who, name) => {
    const saved = make(who === 'nurse' ? nurse : physician, { ...dry(80, 0), ...over }, NOW);
    if (name === null) await expect(saved).resolves.toMatchObject({ version: 1 });
    else await expect(saved).rejects.toMatchObject({ name });
  });
});
