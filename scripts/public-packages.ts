/** The folders of the packages that are published, dependencies first. */
export const publicPackages: readonly string[] = [
  'packages/core',
  'providers/local',
  'providers/aws-kms',
  'packages/keyway',
  'conformance',
];
