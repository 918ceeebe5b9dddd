import { defineConfig } from 'vitepress';
import { nav, sidebar } from './navigation.ts';

const reference = { text: 'Reference', link: '/reference/' };

// Dead links fail the build.
export default defineConfig({
  title: 'Keyway',
  description: 'One key store, whichever vendor keeps the keys',
  cleanUrls: true,
  srcExclude: ['test/**', 'README.md'],
  themeConfig: {
    nav: [...nav, reference],
    sidebar: [...sidebar, reference],
    search: { provider: 'local' },
    outline: 'deep',
  },
});
