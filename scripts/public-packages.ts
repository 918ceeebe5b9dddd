/** The folders of the packages that are published, dependencies first. */
export const publicPackages: readonly string[] = [
  'packages/core',
  'providers/local',
  'packages/keyway',
  'conformance',
];
