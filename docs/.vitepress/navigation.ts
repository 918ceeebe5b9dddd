import type { DefaultTheme } from 'vitepress';

type Items = DefaultTheme.SidebarItem[];

const guide: Items = [
  { text: 'Getting started', link: '/guide/getting-started' },
  { text: 'Keys and versions', link: '/guide/keys-and-versions' },
  { text: 'Cryptography', link: '/guide/cryptography' },
  { text: 'Rotation', link: '/guide/rotation' },
  { text: 'Deletion and backup', link: '/guide/deletion-and-backup' },
  { text: 'Secure release', link: '/guide/secure-release' },
  { text: 'Errors', link: '/guide/errors' },
  { text: 'Capabilities', link: '/guide/capabilities' },
  { text: 'Observation', link: '/guide/observation' },
];

const implementing: Items = [
  { text: 'Write a driver', link: '/implementing/' },
  { text: 'Conformance', link: '/implementing/conformance' },
  { text: 'All cases', link: '/implementing/conformance-cases' },
];

const decisions: Items = [
  { text: 'All decisions', link: '/decisions/' },
  { text: '1 Portable type over driver', link: '/decisions/0001-portable-type-over-driver' },
  { text: '2 Capabilities as data', link: '/decisions/0002-capabilities-as-data' },
  { text: '3 Freshness stamp', link: '/decisions/0003-freshness-stamp' },
  { text: '4 Outcome in the classification', link: '/decisions/0004-outcome-in-classification' },
  { text: '5 Nonces of ECDSA', link: '/decisions/0005-ecdsa-nonces' },
  { text: '6 TypeError or a code', link: '/decisions/0006-type-errors' },
  { text: '7 Vault record', link: '/decisions/0007-vault-record' },
  { text: '8 Identity, not URI', link: '/decisions/0008-identity-not-uri' },
  { text: '9 One encoding', link: '/decisions/0009-encodings-at-the-contract' },
  { text: '10 Current version', link: '/decisions/0010-current-version' },
  { text: '11 A vault without names', link: '/decisions/0011-aws-kms-without-names' },
  { text: '12 Umbrella without registry', link: '/decisions/0012-umbrella-without-registry' },
];

/** The bar at the top. */
export const nav: DefaultTheme.NavItem[] = [
  { text: 'Guide', link: '/guide/getting-started' },
  { text: 'Examples', link: '/examples/' },
  { text: 'Vaults', link: '/providers/local' },
  { text: 'Write a driver', link: '/implementing/' },
  { text: 'Decisions', link: '/decisions/' },
];

/** The list at the side: the same on every page. */
export const sidebar: Items = [
  { text: 'Guide', items: guide },
  { text: 'Examples', items: [{ text: 'All examples', link: '/examples/' }] },
  {
    text: 'Vaults',
    items: [
      { text: 'Local', link: '/providers/local' },
      { text: 'AWS KMS', link: '/providers/aws-kms' },
    ],
  },
  { text: 'Write a driver', items: implementing },
  { text: 'Decisions', items: decisions, collapsed: true },
];
