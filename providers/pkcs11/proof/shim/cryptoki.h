/*
 * The types of PKCS #11 v2.40 that the programs here need, written down from the standard: OASIS PKCS #11
 * Cryptographic Token Interface Base Specification Version 2.40, sections 3 (types) and 5 (functions). On Unix the
 * structures are not packed.
 */
#ifndef KEYWAY_CRYPTOKI_H
#define KEYWAY_CRYPTOKI_H

typedef unsigned char CK_BYTE;
typedef unsigned char CK_BBOOL;
typedef unsigned char CK_UTF8CHAR;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;
typedef CK_ULONG CK_FLAGS;
typedef CK_ULONG CK_SLOT_ID;
typedef CK_ULONG CK_SESSION_HANDLE;
typedef CK_ULONG CK_OBJECT_HANDLE;
typedef CK_ULONG CK_MECHANISM_TYPE;
typedef CK_ULONG CK_ATTRIBUTE_TYPE;

typedef struct {
  CK_BYTE major;
  CK_BYTE minor;
} CK_VERSION;

typedef struct {
  CK_ATTRIBUTE_TYPE type;
  void *pValue;
  CK_ULONG ulValueLen;
} CK_ATTRIBUTE;

typedef struct {
  CK_MECHANISM_TYPE mechanism;
  void *pParameter;
  CK_ULONG ulParameterLen;
} CK_MECHANISM;

typedef struct {
  CK_UTF8CHAR label[32];
  CK_UTF8CHAR manufacturerID[32];
  CK_UTF8CHAR model[16];
  CK_UTF8CHAR serialNumber[16];
  CK_FLAGS flags;
  CK_ULONG counts[10];
  CK_VERSION hardwareVersion;
  CK_VERSION firmwareVersion;
  CK_UTF8CHAR utcTime[16];
} CK_TOKEN_INFO;

typedef struct {
  void *createMutex;
  void *destroyMutex;
  void *lockMutex;
  void *unlockMutex;
  CK_FLAGS flags;
  /* The standard calls it reserved; NSS wants a text there. */
  void *pReserved;
} CK_C_INITIALIZE_ARGS;

enum {
  CKR_OK = 0x000,
  CKR_GENERAL_ERROR = 0x005,
  CKR_ARGUMENTS_BAD = 0x007,
  CKR_FUNCTION_CANCELED = 0x050
};

enum { CKF_OS_LOCKING_OK = 0x2, CKF_RW_SESSION = 0x2, CKF_SERIAL_SESSION = 0x4 };
enum { CKU_USER = 1 };
enum { CKO_PUBLIC_KEY = 2, CKO_PRIVATE_KEY = 3 };

enum {
  CKA_CLASS = 0x000,
  CKA_TOKEN = 0x001,
  CKA_PRIVATE = 0x002,
  CKA_ID = 0x102,
  CKA_SENSITIVE = 0x103,
  CKA_SIGN = 0x108,
  CKA_VERIFY = 0x10a,
  CKA_MODULUS_BITS = 0x121,
  CKA_PUBLIC_EXPONENT = 0x122,
  CKA_EC_PARAMS = 0x180
};

enum {
  CKM_RSA_PKCS_KEY_PAIR_GEN = 0x0000,
  CKM_RSA_PKCS = 0x0001,
  CKM_SHA256_RSA_PKCS = 0x0040,
  CKM_EC_KEY_PAIR_GEN = 0x1040,
  CKM_ECDSA = 0x1041
};

#endif
