import { openCatalogue } from '../catalogue.js';
import { answerPreview } from './question.js';
import { madeUpQuestion } from './warm-up.js';

test.each([0, 1])(
  'preview %i of nobody goes the way of others: findings, episodes and notices, and another limit makes a difference',
  async (turn) => {
    const { before, after, looks } = answerPreview(await openCatalogue(), madeUpQuestion(turn));
    expect(Math.min(before.findings, before.episodes, before.notices, looks)).toBeGreaterThan(0);
    expect(after.findings).toBeLessThan(before.findings);
  },
);
