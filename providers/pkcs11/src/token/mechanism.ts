/** AES-GCM. The token may write the IV that it used back into `iv`: the job answers with it. */
export interface GcmParameter {
  readonly kind: 'gcm';
  readonly iv: Uint8Array;
  readonly additionalData?: Uint8Array | undefined;
  readonly tagBits: number;
  /** ulIvBits. Default: the length of `iv`. The structure without that member is out of the binding's reach. */
  readonly ivBits?: number | undefined;
}

/** RSA-OAEP, with CKM_ and CKG_ numbers. */
export interface OaepParameter {
  readonly kind: 'oaep';
  readonly hash: number;
  readonly mgf: number;
  readonly label?: Uint8Array | undefined;
}

/** RSA-PSS, with CKM_ and CKG_ numbers. */
export interface PssParameter {
  readonly kind: 'pss';
  readonly hash: number;
  readonly mgf: number;
  readonly saltLength: number;
}

/** A mechanism with its parameter: octets go as they are (an IV), a number goes as a CK_ULONG. */
export interface Mechanism {
  /** CKM_ number. */
  readonly type: number;
  readonly parameter?: Uint8Array | number | GcmParameter | OaepParameter | PssParameter | undefined;
}
