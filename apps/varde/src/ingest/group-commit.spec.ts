import { GroupCommit, WaitingRoom } from './group-commit.js';

const fault = (code: string): Error => Object.assign(new Error(code), { code });

/** A lane over a database that answers when told to. */
function lane(keep: (batch: readonly number[]) => Promise<readonly string[]>) {
  const faults: string[] = [];
  const commit = new GroupCommit<number, string>({
    keep,
    setAside: (item) => (item < 0 ? null : -item),
    batchMax: 5,
    batchWeightMax: 1_000,
    weightOf: (item) => Math.abs(item),
    onFault: (kind) => faults.push(kind),
  });
  return { commit, faults };
}

test('what waits while a commit runs goes out as the next one, at most so many', async () => {
  const batches: number[][] = [];
  const { commit } = lane(async (batch) => {
    batches.push([...batch]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return batch.map(String);
  });
  const first = commit.add(1);
  await new Promise((resolve) => setTimeout(resolve, 2));
  const rest = [2, 3, 4, 5, 6, 7, 8].map((item) => commit.add(item));
  expect(await Promise.all([first, ...rest])).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  expect(batches).toEqual([[1], [2, 3, 4, 5, 6], [7, 8]]);
});

test('a heavy one goes alone', async () => {
  const batches: number[][] = [];
  const { commit } = lane((batch) => Promise.resolve(batches.push([...batch])).then(() => batch.map(String)));
  await Promise.all([400, 500, 5_000, 1].map((item) => commit.add(item)));
  expect(batches).toEqual([[400, 500], [5_000], [1]]);
});

test('one that cannot be stored is found by halves and set aside; the others are kept in their order', async () => {
  const answered: string[] = [];
  const { commit, faults } = lane((batch) => (batch.includes(3) ? Promise.reject(fault('22003')) : Promise.resolve(batch.map(String))));
  await Promise.all([1, 2, 3, 4].map((item) => commit.add(item).then((answer) => answered.push(answer))));
  expect(answered).toEqual(['1', '2', '-3', '4']);
  expect(new Set(faults)).toEqual(new Set(['content']));
});

test('one that cannot even be set aside is not acknowledged', async () => {
  const { commit } = lane((batch) => (batch.includes(-3) ? Promise.reject(fault('22003')) : Promise.resolve(batch.map(String))));
  const bad = expect(commit.add(-3)).rejects.toMatchObject({ code: '22003' });
  expect(await commit.add(4)).toBe('4');
  await bad;
});

test('a database that is away is asked again until it answers', async () => {
  let tries = 0;
  const { commit, faults } = lane((batch) => (++tries < 4 ? Promise.reject(fault('57P03')) : Promise.resolve(batch.map(String))));
  expect(await commit.add(1)).toBe('1');
  expect(faults).toEqual(['again', 'again', 'again']);
});

test('a fault that trying again does not cure is handed on', async () => {
  const { commit } = lane(() => Promise.reject(fault('42P01')));
  await expect(commit.add(1)).rejects.toMatchObject({ code: '42P01' });
});

test('stopping gives up on a database that is away', async () => {
  const { commit } = lane(() => Promise.reject(new Error('Connection terminated')));
  const waiting = expect(commit.add(1)).rejects.toMatchObject({ name: 'Stopped' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await commit.stop();
  await waiting;
});

test('the waiting room is full by number or by bytes, but never for a single message', () => {
  const room = new WaitingRoom({ messagesMax: 2, bytesMax: 100 });
  room.enter(500);
  expect(() => room.enter(1)).toThrow(expect.objectContaining({ name: 'Overloaded' }));
  room.leave(500);
  room.enter(10);
  room.enter(10);
  expect(() => room.enter(1)).toThrow(expect.objectContaining({ name: 'Overloaded' }));
});
