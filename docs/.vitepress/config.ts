import { defineConfig } from 'vitepress';

const page = (text: string, link: string): { text: string; link: string } => ({ text, link });

export default defineConfig({
  title: 'Keyway',
  description: 'One key store, whichever vendor keeps the keys',
  cleanUrls: true,
  srcExclude: ['test/**', 'README.md'],
  themeConfig: {
    nav: [
      page('Guide', '/guide/getting-started'),
      page('Examples', '/examples/'),
      page('Providers', '/providers/local'),
      page('Implementing', '/implementing/'),
      page('Reference', '/reference/'),
      page('Decisions', '/decisions/'),
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          page('Getting started', '/guide/getting-started'),
          page('Keys and versions', '/guide/keys-and-versions'),
          page('Cryptography', '/guide/cryptography'),
          page('Rotation', '/guide/rotation'),
          page('Deletion and backup', '/guide/deletion-and-backup'),
          page('Secure release', '/guide/secure-release'),
          page('Capabilities', '/guide/capabilities'),
          page('Errors', '/guide/errors'),
          page('Observation', '/guide/observation'),
        ],
      },
      { text: 'Providers', items: [page('Local', '/providers/local')] },
      {
        text: 'Implementing',
        items: [
          page('Writing a provider', '/implementing/'),
          page('The conformance suite', '/implementing/conformance'),
          page('Conformance cases', '/implementing/conformance-cases'),
        ],
      },
      { text: 'More', items: [page('Examples', '/examples/'), page('Decisions', '/decisions/'), page('Reference', '/reference/')] },
    ],
    search: { provider: 'local' },
  },
});
