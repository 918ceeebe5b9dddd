/*
 * Every function of PKCS #11 v2.40 in the order of CK_FUNCTION_LIST, but C_GetFunctionList, which is between
 * C_GetInfo and C_GetSlotList.
 *
 * F(name, S or N: whether its first parameter is a session, parameters, arguments, what a flipped bit goes into)
 *
 * BEFORE and AFTER are the parts of the list on either side of C_GetFunctionList.
 */

#define KEYWAY_FUNCTIONS_BEFORE(F)                                                                                     \
  F(C_Initialize, N, (void *args), (args), NOTHING)                                                                    \
  F(C_Finalize, N, (void *reserved), (reserved), NOTHING)                                                              \
  F(C_GetInfo, N, (void *info), (info), NOTHING)

#define KEYWAY_FUNCTIONS_AFTER(F)                                                                                      \
  F(C_GetSlotList, N, (CK_BBOOL present, CK_SLOT_ID *out, CK_ULONG *count), (present, out, count),                     \
    HANDLES(out, count))                                                                                               \
  F(C_GetSlotInfo, N, (CK_SLOT_ID slot, void *info), (slot, info), NOTHING)                                            \
  F(C_GetTokenInfo, N, (CK_SLOT_ID slot, CK_TOKEN_INFO *info), (slot, info), SERIAL(info))                             \
  F(C_GetMechanismList, N, (CK_SLOT_ID slot, CK_MECHANISM_TYPE *out, CK_ULONG *count), (slot, out, count),             \
    HANDLES(out, count))                                                                                               \
  F(C_GetMechanismInfo, N, (CK_SLOT_ID slot, CK_MECHANISM_TYPE type, void *info), (slot, type, info), NOTHING)         \
  F(C_InitToken, N, (CK_SLOT_ID slot, CK_BYTE *pin, CK_ULONG n, CK_BYTE *label), (slot, pin, n, label), NOTHING)       \
  F(C_InitPIN, S, (CK_SESSION_HANDLE s, CK_BYTE *pin, CK_ULONG n), (s, pin, n), NOTHING)                               \
  F(C_SetPIN, S, (CK_SESSION_HANDLE s, CK_BYTE *old, CK_ULONG n, CK_BYTE *pin, CK_ULONG m), (s, old, n, pin, m),       \
    NOTHING)                                                                                                           \
  F(C_OpenSession, N, (CK_SLOT_ID slot, CK_FLAGS flags, void *app, void *notify, CK_SESSION_HANDLE *out),              \
    (slot, flags, app, notify, out), HANDLE(out))                                                                      \
  F(C_CloseSession, S, (CK_SESSION_HANDLE s), (s), NOTHING)                                                            \
  F(C_CloseAllSessions, N, (CK_SLOT_ID slot), (slot), NOTHING)                                                         \
  F(C_GetSessionInfo, S, (CK_SESSION_HANDLE s, void *info), (s, info), NOTHING)                                        \
  F(C_GetOperationState, S, (CK_SESSION_HANDLE s, CK_BYTE *out, CK_ULONG *n), (s, out, n), OCTETS(out, n))             \
  F(C_SetOperationState, S,                                                                                            \
    (CK_SESSION_HANDLE s, CK_BYTE *state, CK_ULONG n, CK_OBJECT_HANDLE k, CK_OBJECT_HANDLE a), (s, state, n, k, a),    \
    NOTHING)                                                                                                           \
  F(C_Login, S, (CK_SESSION_HANDLE s, CK_ULONG user, CK_BYTE *pin, CK_ULONG n), (s, user, pin, n), NOTHING)            \
  F(C_Logout, S, (CK_SESSION_HANDLE s), (s), NOTHING)                                                                  \
  F(C_CreateObject, S, (CK_SESSION_HANDLE s, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *out), (s, t, n, out),      \
    HANDLE(out))                                                                                                       \
  F(C_CopyObject, S,                                                                                                   \
    (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *out), (s, o, t, n, out),  \
    HANDLE(out))                                                                                                       \
  F(C_DestroyObject, S, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o), (s, o), NOTHING)                                    \
  F(C_GetObjectSize, S, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ULONG *out), (s, o, out), HANDLE(out))            \
  F(C_GetAttributeValue, S, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *t, CK_ULONG n), (s, o, t, n),      \
    ATTRIBUTES(t, n))                                                                                                  \
  F(C_SetAttributeValue, S, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *t, CK_ULONG n), (s, o, t, n),      \
    NOTHING)                                                                                                           \
  F(C_FindObjectsInit, S, (CK_SESSION_HANDLE s, CK_ATTRIBUTE *t, CK_ULONG n), (s, t, n), NOTHING)                      \
  F(C_FindObjects, S, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *out, CK_ULONG most, CK_ULONG *count),                    \
    (s, out, most, count), HANDLES(out, count))                                                                        \
  F(C_FindObjectsFinal, S, (CK_SESSION_HANDLE s), (s), NOTHING)                                                        \
  F(C_EncryptInit, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k), (s, m, k), NOTHING)                  \
  F(C_Encrypt, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m), (s, in, n, out, m),       \
    OCTETS(out, m))                                                                                                    \
  F(C_EncryptUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m), (s, in, n, out, m), \
    OCTETS(out, m))                                                                                                    \
  F(C_EncryptFinal, S, (CK_SESSION_HANDLE s, CK_BYTE *out, CK_ULONG *m), (s, out, m), OCTETS(out, m))                  \
  F(C_DecryptInit, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k), (s, m, k), NOTHING)                  \
  F(C_Decrypt, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m), (s, in, n, out, m),       \
    OCTETS(out, m))                                                                                                    \
  F(C_DecryptUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m), (s, in, n, out, m), \
    OCTETS(out, m))                                                                                                    \
  F(C_DecryptFinal, S, (CK_SESSION_HANDLE s, CK_BYTE *out, CK_ULONG *m), (s, out, m), OCTETS(out, m))                  \
  F(C_DigestInit, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m), (s, m), NOTHING)                                          \
  F(C_Digest, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m), (s, in, n, out, m),        \
    OCTETS(out, m))                                                                                                    \
  F(C_DigestUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n), (s, in, n), NOTHING)                            \
  F(C_DigestKey, S, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE k), (s, k), NOTHING)                                        \
  F(C_DigestFinal, S, (CK_SESSION_HANDLE s, CK_BYTE *out, CK_ULONG *m), (s, out, m), OCTETS(out, m))                   \
  F(C_SignInit, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k), (s, m, k), NOTHING)                     \
  F(C_Sign, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m), (s, in, n, out, m),          \
    OCTETS(out, m))                                                                                                    \
  F(C_SignUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n), (s, in, n), NOTHING)                              \
  F(C_SignFinal, S, (CK_SESSION_HANDLE s, CK_BYTE *out, CK_ULONG *m), (s, out, m), OCTETS(out, m))                     \
  F(C_SignRecoverInit, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k), (s, m, k), NOTHING)              \
  F(C_SignRecover, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m), (s, in, n, out, m),   \
    OCTETS(out, m))                                                                                                    \
  F(C_VerifyInit, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k), (s, m, k), NOTHING)                   \
  F(C_Verify, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *sig, CK_ULONG m), (s, in, n, sig, m),         \
    NOTHING)                                                                                                           \
  F(C_VerifyUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n), (s, in, n), NOTHING)                            \
  F(C_VerifyFinal, S, (CK_SESSION_HANDLE s, CK_BYTE *sig, CK_ULONG m), (s, sig, m), NOTHING)                           \
  F(C_VerifyRecoverInit, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k), (s, m, k), NOTHING)            \
  F(C_VerifyRecover, S, (CK_SESSION_HANDLE s, CK_BYTE *sig, CK_ULONG n, CK_BYTE *out, CK_ULONG *m),                    \
    (s, sig, n, out, m), OCTETS(out, m))                                                                               \
  F(C_DigestEncryptUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m),               \
    (s, in, n, out, m), OCTETS(out, m))                                                                                \
  F(C_DecryptDigestUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m),               \
    (s, in, n, out, m), OCTETS(out, m))                                                                                \
  F(C_SignEncryptUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m),                 \
    (s, in, n, out, m), OCTETS(out, m))                                                                                \
  F(C_DecryptVerifyUpdate, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *m),               \
    (s, in, n, out, m), OCTETS(out, m))                                                                                \
  F(C_GenerateKey, S, (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *out),      \
    (s, m, t, n, out), HANDLE(out))                                                                                    \
  F(C_GenerateKeyPair, S,                                                                                              \
    (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_ATTRIBUTE *t, CK_ULONG n, CK_ATTRIBUTE *u, CK_ULONG o,                   \
     CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *out),                                                                    \
    (s, m, t, n, u, o, pub, out), HANDLE(out))                                                                         \
  F(C_WrapKey, S,                                                                                                      \
    (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE w, CK_OBJECT_HANDLE k, CK_BYTE *out, CK_ULONG *n),         \
    (s, m, w, k, out, n), OCTETS(out, n))                                                                              \
  F(C_UnwrapKey, S,                                                                                                    \
    (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE w, CK_BYTE *in, CK_ULONG n, CK_ATTRIBUTE *t, CK_ULONG o,   \
     CK_OBJECT_HANDLE *out),                                                                                           \
    (s, m, w, in, n, t, o, out), HANDLE(out))                                                                          \
  F(C_DeriveKey, S,                                                                                                    \
    (CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *out),    \
    (s, m, k, t, n, out), HANDLE(out))                                                                                 \
  F(C_SeedRandom, S, (CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n), (s, in, n), NOTHING)                              \
  F(C_GenerateRandom, S, (CK_SESSION_HANDLE s, CK_BYTE *out, CK_ULONG n), (s, out, n), OCTETS(out, &n))                \
  F(C_GetFunctionStatus, S, (CK_SESSION_HANDLE s), (s), NOTHING)                                                       \
  F(C_CancelFunction, S, (CK_SESSION_HANDLE s), (s), NOTHING)                                                          \
  F(C_WaitForSlotEvent, N, (CK_FLAGS flags, CK_SLOT_ID *out, void *reserved), (flags, out, reserved), HANDLE(out))

#define KEYWAY_FUNCTIONS(F) KEYWAY_FUNCTIONS_BEFORE(F) KEYWAY_FUNCTIONS_AFTER(F)

#define KEYWAY_POINTER(name, session, parameters, arguments, flip) CK_RV(*name) parameters;

typedef struct CK_FUNCTION_LIST {
  CK_VERSION version;
  KEYWAY_FUNCTIONS_BEFORE(KEYWAY_POINTER)
  CK_RV (*C_GetFunctionList)(struct CK_FUNCTION_LIST **list);
  KEYWAY_FUNCTIONS_AFTER(KEYWAY_POINTER)
} CK_FUNCTION_LIST;
