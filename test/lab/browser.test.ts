import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusOf, testLab } from './lab.ts';

describe('the pages in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(() => browser.close());

  it('show a vote moving the count without a reload, and ask no other host for anything', async () => {
    const { urls } = await statusOf(testLab());
    const context = await browser.newContext();
    const asked = new Set<string>();
    context.on('request', (request) => asked.add(new URL(request.url()).host));

    const result = await context.newPage();
    await result.goto(urls.result);
    await result.locator('#result', { hasNotText: 'Counting' }).waitFor();
    let reloads = 0;
    result.on('framenavigated', () => {
      reloads += 1;
    });
    const before = await countOn(result);

    const vote = await context.newPage();
    await vote.goto(urls.vote);
    await vote.click('button#b');
    await vote.locator('button#b[aria-pressed=true]').waitFor();
    await result.locator('#count-b', { hasText: new RegExp(`^${before + 1} vote`) }).waitFor();

    // The same visitor decides otherwise: the vote moves, nobody votes twice.
    await vote.click('button#a');
    await result.locator('#count-b', { hasText: new RegExp(`^${before} vote`) }).waitFor();

    expect(reloads).toBe(0);
    expect([...asked].toSorted()).toEqual([new URL(urls.vote).host, new URL(urls.result).host].toSorted());
    await context.close();
  });
});

/** Votes for B that the result page shows. */
async function countOn(page: Page): Promise<number> {
  const text = (await page.textContent('#count-b')) ?? '';
  return Number.parseInt(text, 10);
}
