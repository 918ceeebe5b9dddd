import type { SoftToken, TokenOptions } from './soft-token.ts';

/** A token in another process: it can end, and start again, under those that use it. */
export interface ServedToken extends SoftToken {
  /** The unix socket that the module connects to. */
  readonly socket: string;
  /** Ends its process as a crash would. What it has written stays. */
  kill(): Promise<void>;
  /** Starts its process again, on the same socket, and waits until it answers. */
  restart(): Promise<void>;
}

/** How it is started. */
export interface ServedTokenOptions extends Omit<TokenOptions, 'beside'> {
  /** Only this way. Default: in a container where one can be had, else as a process. */
  readonly how?: 'container' | 'process' | undefined;
  /** Told which way was taken, and what is being made. Default: lines on the standard error. */
  readonly say?: ((line: string) => void) | undefined;
}

/** What serves a token, and how it is ended. */
export interface TokenServer {
  readonly id: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** What is served, and where. */
export interface Serving {
  readonly token: SoftToken;
  readonly socket: string;
  readonly version: string;
}

/** Arguments of `p11-kit` that serve one token of a module. */
export function serverArguments({ token, socket }: Serving, module: string = token.module): string[] {
  const uri = `pkcs11:token=${encodeURIComponent(token.label)}`;
  return ['server', '--foreground', '--name', socket, '--provider', module, uri];
}
