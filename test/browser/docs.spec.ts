import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Service } from '../../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from '../engine.js';
import { anEpisode, PASSWORD, saveAnEpisode, saveSmallCommunity } from '../small-community.js';
import { startService } from '../whole-way.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Where a picture of the page goes, for whoever wants to look; none without it. */
const PICTURE = process.env['VARDE_TEST_PICTURE'] ?? '';
const when = existsSync(CHROMIUM) ? describe : describe.skip;

when(`the pages at /docs (skipped when ${CHROMIUM} is not there)`, () => {
  let db: TestDatabase;
  let service: Service;
  let browser: Browser;
  let page: Page;
  const outside: string[] = [];
  const complaints: string[] = [];
  beforeAll(async () => {
    db = await openTestDatabase();
    const small = await saveSmallCommunity(db.database.dataSource);
    await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(Date.now() - 600_000)));
    service = await startService(db.url, { VARDE_ROLES: 'triage' });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== service.apiUrl) outside.push(request.url());
    });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${service.apiUrl}/docs`);
    await page.waitForSelector('.opblock-summary');
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
    await db.close();
  });

  test('show every group of the API', async () => {
    expect(await page.title()).toContain('Varde');
    const groups = await page.locator('.opblock-tag').evaluateAll((tags) => tags.map((tag) => tag.getAttribute('data-tag')));
    expect(groups).toEqual([
      ...['session', 'worklist', 'patients', 'answers', 'episodes', 'handovers', 'pathways', 'care plans', 'limits', 'tasks', 'hit rate'],
      ...['preflight', 'messages', 'previews', 'devices', 'units', 'people', 'refused'],
    ]);
    expect(await page.getByRole('button', { name: 'Authorize' }).isVisible()).toBe(false);
    const operations = await page.locator('.opblock-summary').count();
    expect(operations).toBeGreaterThan(40);
    if (PICTURE !== '') {
      mkdirSync(dirname(PICTURE), { recursive: true });
      await page.screenshot({ path: PICTURE });
    }
  });

  test('sign in by "Try it out", and read the worklist with the cookie', async () => {
    const signIn = page.locator('.opblock', { has: page.locator('.opblock-summary-path', { hasText: /session/ }) }).filter({
      has: page.locator('.opblock-summary-method', { hasText: 'POST' }),
    });
    await signIn.locator('.opblock-summary').first().click();
    await signIn.getByRole('button', { name: 'Try it out' }).click();
    await signIn.locator('textarea').fill(JSON.stringify({ username: 'nora', password: PASSWORD }));
    await signIn.getByRole('button', { name: 'Execute' }).click();
    await signIn.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();

    const worklist = page.locator('.opblock', { has: page.locator('.opblock-summary-path[data-path="/api/worklist"]') });
    await worklist.locator('.opblock-summary').first().click();
    await worklist.getByRole('button', { name: 'Try it out' }).click();
    await worklist.getByRole('button', { name: 'Execute' }).click();
    const answer = worklist.locator('.live-responses-table');
    await answer.locator('.response-col_status', { hasText: '200' }).waitFor();
    expect(await answer.innerText()).toContain('Første Oppdiktet');
    // The cookie is the server's alone: no script of the page can read it.
    expect(await page.evaluate('document.cookie')).toBe('');
    if (PICTURE !== '') await worklist.screenshot({ path: PICTURE.replace(/[.]png$/, '-worklist.png') });
  });

  test('nothing came from outside, and the browser had nothing to complain of', () => {
    expect(outside).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
