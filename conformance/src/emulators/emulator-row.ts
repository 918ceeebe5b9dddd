/** A program that Go builds from a module of a pinned version, checked against a committed `go.sum`. */
export interface GoSource {
  readonly kind: 'go';
  /** The package that is built. */
  readonly module: string;
  /** Folder below `pins/` with its `go.mod` and `go.sum`. */
  readonly pins: string;
}

/** Python distributions, each of one version and with the hashes of its files. */
export interface PythonSource {
  readonly kind: 'python';
  /** File below `pins/` that `pip install --require-hashes` reads. */
  readonly requirements: string;
  /** Versions of Python that run it, the preferred one first. */
  readonly pythons: readonly string[];
}

/** Where an emulator comes from. */
export type EmulatorSource = GoSource | PythonSource;

/** A request that a started emulator answers. */
export interface HealthCheck {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the answer, whose status is 200, must contain. */
  readonly contains: string;
}

/** A defect seen in this version. Suites turn them into known failures, with a reproduction that runs. */
export interface EmulatorDefect {
  readonly id: string;
  readonly what: string;
  /** The thread where its makers know of it. */
  readonly upstream?: string;
}

/**
 * One emulator. In arguments and environment, `{port}`, `{folder}` and `{program}` stand for the port that it shall
 * listen on, a folder of its own, and the built program or the Python interpreter.
 */
export interface EmulatorRow {
  /** Also the name of its variable: `local-kms` is `KEYWAY_EMULATOR_LOCAL_KMS`. */
  readonly name: string;
  readonly standsFor: string;
  readonly version: string;
  readonly source: EmulatorSource;
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly health: HealthCheck;
  /** Milliseconds until it must answer. */
  readonly readyWithin: number;
  /** Present where a container can be made here of the built program, which is then static. */
  readonly container?: { readonly port: number };
  /** What it is not, in sentences. */
  readonly limits: readonly string[];
  readonly defects: readonly EmulatorDefect[];
}

/** The variable that gives an address in place of an emulator started here. */
export function addressVariable({ name }: Pick<EmulatorRow, 'name'>): string {
  return `KEYWAY_EMULATOR_${name.toUpperCase().replaceAll('-', '_')}`;
}
