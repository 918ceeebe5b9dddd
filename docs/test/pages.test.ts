import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyManagerErrorCodes } from 'keyway';
import { describe, expect, it } from 'vitest';
import { exampleNames } from './run-example.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(root + file, 'utf8');

const pages = globSync(
  ['*.md', '{packages,providers}/*/README.md', 'conformance/README.md', 'docs/**/*.md'],
  {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:node_modules|reference|dist)(?:\/|$)/.test(name),
  },
);

/** The targets of a page's links and embedded files that lie in this repository, without anchors. */
function targets(page: string): readonly string[] {
  const text = read(page);
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) =>
    join(dirname(page), target),
  );
  const embedded = [...text.matchAll(/^<<< @\/(\S+)$/gm)].map(([, target = '']) => join('docs', target));
  return [...links, ...embedded];
}

describe('the pages', () => {
  it('are there', () => {
    expect(pages.length).toBeGreaterThan(30);
  });

  it('link to and embed only what exists', () => {
    const dead = pages.flatMap((page) =>
      targets(page)
        .filter((target) => !existsSync(root + target))
        .map((target) => `${page} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('show every example', () => {
    const index = read('docs/examples/index.md');
    const shown = pages.flatMap(targets);
    for (const name of exampleNames()) {
      expect(index).toContain(`| [${name}](`);
      expect(shown).toContain(`docs/examples/${name}.ts`);
    }
  });

  it('are at most twelve decisions of half a page', () => {
    const decisions = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));
    expect(decisions.length).toBeGreaterThan(0);
    expect(decisions.length).toBeLessThanOrEqual(12);
    expect(decisions.filter((page) => read(page).split('\n').length > 30)).toEqual([]);
  });
});

describe('the page of errors', () => {
  it.each(keyManagerErrorCodes)('names cause and remedy of %s', (code) => {
    const [, section = ''] = read('docs/guide/errors.md').split(`### ${code}\n`);
    const [entry = ''] = section.split('\n### ');
    expect(entry).toMatch(/^- Cause: \S/m);
    expect(entry).toMatch(/^- Remedy: \S/m);
  });
});
