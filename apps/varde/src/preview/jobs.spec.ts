import type { Log } from '../log.js';
import { PreviewJobs } from './jobs.js';

/** Jobs of one process, about nobody: then nothing of these is asked. */
const openJobs = (): PreviewJobs => new PreviewJobs({ log: {} as Log } as ConstructorParameters<typeof PreviewJobs>[0]);
const NURSE = 5;
const start = (jobs: PreviewJobs, unitId: number, value: number) => {
  const changes = [{ kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value } as const];
  const request = { changes, days: 28, to: new Date('2026-03-02T08:00:00Z') };
  return jobs.start({ personId: NURSE, unitId, patientIds: [], reached: 0 }, request);
};

test('a job of another process, or of before a restart, is not found: never is another one of the same person told in its place', () => {
  const [before, after] = [openJobs(), openJobs()];
  const { id } = start(before, 1, 85);
  start(after, 1, 88);
  expect(() => after.read(NURSE, id)).toThrow(expect.objectContaining({ name: 'NotFound' }));
  expect(() => after.cancel(NURSE, id)).toThrow(expect.objectContaining({ name: 'NotFound' }));
});

test('a job says what it is about, and its id is a number that every reader of JSON keeps', () => {
  const jobs = openJobs();
  const { id } = start(jobs, 3, 85);
  expect(Number.isSafeInteger(id)).toBe(true);
  expect(jobs.read(NURSE, id)).toMatchObject({ id, unitId: 3, changes: [{ ruleId: 'copd.spo2.below_target', value: 85 }] });
});
