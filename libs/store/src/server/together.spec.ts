import { together } from './together.js';

describe('what is sent together', () => {
  test('answers in order', async () => {
    expect(await together([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
  });

  test('has all ended when one fails, and the first in order is told', async () => {
    const ended: string[] = [];
    const later = (name: string, ms: number): Promise<never> =>
      new Promise((_, reject) => {
        setTimeout(() => {
          ended.push(name);
          reject(new Error(name));
        }, ms);
      });
    await expect(together([later('slow', 20), later('quick', 1), Promise.resolve()])).rejects.toThrow('slow');
    expect(ended).toEqual(['quick', 'slow']);
  });
});
