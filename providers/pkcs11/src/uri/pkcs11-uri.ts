/** The classes of objects that a URI can name (RFC 7512, section 2.3). */
export const objectTypes = ['public', 'private', 'cert', 'secret-key', 'data'] as const;

/** What `type` can be. */
export type ObjectType = (typeof objectTypes)[number];

/** The version of a library, each part one octet. */
export interface LibraryVersion {
  readonly major: number;
  readonly minor: number;
}

/**
 * A PKCS #11 URI by RFC 7512. What is absent fits everything; an empty text fits an empty text only. Texts are without
 * padding.
 */
export interface Pkcs11Uri {
  readonly token?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly serial?: string | undefined;
  readonly model?: string | undefined;
  readonly libraryManufacturer?: string | undefined;
  readonly libraryDescription?: string | undefined;
  readonly libraryVersion?: LibraryVersion | undefined;
  readonly slotManufacturer?: string | undefined;
  readonly slotDescription?: string | undefined;
  /** Slots may be numbered anew when the module is loaded again: a serial number is the better name. */
  readonly slotId?: bigint | undefined;
  /** CKA_LABEL. */
  readonly object?: string | undefined;
  readonly type?: ObjectType | undefined;
  /** CKA_ID. */
  readonly id?: Uint8Array | undefined;
  readonly moduleName?: string | undefined;
  readonly modulePath?: string | undefined;
  readonly pinSource?: string | undefined;
  /** Only read where the caller allows it, and never written. */
  readonly pinValue?: string | undefined;
  /** Path attributes that the RFC does not define. By its rules, who does not know one must find nothing. */
  readonly otherPath: Readonly<Record<string, string>>;
  /** Query attributes that the RFC does not define, which may be repeated. Who does not know one ignores it. */
  readonly otherQuery: Readonly<Record<string, readonly string[]>>;
}
