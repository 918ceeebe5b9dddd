#include "token.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* DigestInfo of SHA-256 (RFC 8017, section 9.2, note 1), and 32 octets that stand for a digest. */
static const CK_BYTE digest_info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                                      0x02, 0x01, 0x05, 0x00, 0x04, 0x20, 1,    2,    3,    4,    5,    6,    7,
                                      8,    9,    10,   11,   12,   13,   14,   15,   16,   17,   18,   19,   20,
                                      21,   22,   23,   24,   25,   26,   27,   28,   29,   30,   31,   32};

static const algorithm algorithms[] = {
    {"RS256", CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_PKCS, digest_info, sizeof digest_info},
    {"ES256", CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, digest_info + 19, 32},
};

static void fail(const char *what) {
  fprintf(stderr, "baseline: %s\n", what);
  exit(1);
}

void check(CK_RV result, const char *what) {
  if (result == CKR_OK) return;
  fprintf(stderr, "baseline: %s gave 0x%lx\n", what, result);
  exit(1);
}

const algorithm *find_algorithm(const char *name) {
  for (size_t at = 0; at < sizeof algorithms / sizeof algorithms[0]; at++)
    if (strcmp(algorithms[at].name, name) == 0) return &algorithms[at];
  fail("the algorithm must be RS256 or ES256");
  return NULL;
}

CK_FUNCTION_LIST *load_module(const char *path, const char *parameters) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
  if (library != NULL) *(void **)&get = dlsym(library, "C_GetFunctionList");
  if (get == NULL) fail("this is no PKCS #11 library");
  CK_FUNCTION_LIST *p11;
  check(get(&p11), "C_GetFunctionList");
  CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK, .pReserved = (void *)parameters};
  check(p11->C_Initialize(&args), "C_Initialize");
  return p11;
}

CK_SLOT_ID find_slot(CK_FUNCTION_LIST *p11, const char *label) {
  CK_SLOT_ID slots[64];
  CK_ULONG count = 64;
  check(p11->C_GetSlotList(1, slots, &count), "C_GetSlotList");
  size_t length = strlen(label);
  for (CK_ULONG at = 0; at < count; at++) {
    CK_TOKEN_INFO info;
    check(p11->C_GetTokenInfo(slots[at], &info), "C_GetTokenInfo");
    int fits = length <= 32 && memcmp(info.label, label, length) == 0;
    for (size_t rest = length; fits && rest < 32; rest++) fits = info.label[rest] == ' ';
    if (fits) return slots[at];
  }
  fail("there is no token of this label");
  return 0;
}

CK_SESSION_HANDLE open_session(CK_FUNCTION_LIST *p11, CK_SLOT_ID slot) {
  CK_SESSION_HANDLE session;
  check(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), "C_OpenSession");
  return session;
}

static CK_OBJECT_HANDLE find_one(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_ULONG class, const char *id) {
  CK_BYTE octets[64];
  CK_ULONG length = 0;
  unsigned octet;
  while (length < sizeof octets && sscanf(id + 2 * length, "%2x", &octet) == 1) octets[length++] = (CK_BYTE)octet;
  CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, octets, length}};
  CK_OBJECT_HANDLE found;
  CK_ULONG count = 0;
  check(p11->C_FindObjectsInit(session, template, 2), "C_FindObjectsInit");
  check(p11->C_FindObjects(session, &found, 1, &count), "C_FindObjects");
  check(p11->C_FindObjectsFinal(session), "C_FindObjectsFinal");
  if (count == 0) fail("there is no key of this id");
  return found;
}

static key_pair make_pair(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, const algorithm *of) {
  static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  static CK_BYTE exponent[] = {1, 0, 1};
  CK_BBOOL yes = 1;
  CK_ULONG bits = 2048;
  /* So that no run finds the key of another one. */
  unsigned long id = (unsigned long)getpid();
  int is_rsa = of->generate == CKM_RSA_PKCS_KEY_PAIR_GEN;
  CK_ATTRIBUTE public_key[] = {
      {CKA_TOKEN, &yes, 1},
      {CKA_VERIFY, &yes, 1},
      {CKA_ID, &id, sizeof id},
      {is_rsa ? CKA_MODULUS_BITS : CKA_EC_PARAMS, is_rsa ? (void *)&bits : p256, is_rsa ? sizeof bits : sizeof p256},
      {CKA_PUBLIC_EXPONENT, exponent, sizeof exponent}};
  CK_ATTRIBUTE private_key[] = {{CKA_TOKEN, &yes, 1},
                                {CKA_PRIVATE, &yes, 1},
                                {CKA_SENSITIVE, &yes, 1},
                                {CKA_SIGN, &yes, 1},
                                {CKA_ID, &id, sizeof id}};
  CK_MECHANISM mechanism = {of->generate, NULL, 0};
  key_pair made = {.own = 1};
  check(p11->C_GenerateKeyPair(session, &mechanism, public_key, is_rsa ? 5 : 4, private_key, 5, &made.public_key,
                               &made.private_key),
        "C_GenerateKeyPair");
  return made;
}

key_pair find_keys(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, const algorithm *of, const char *id) {
  if (id == NULL) return make_pair(p11, session, of);
  return (key_pair){.private_key = find_one(p11, session, CKO_PRIVATE_KEY, id),
                    .public_key = find_one(p11, session, CKO_PUBLIC_KEY, id)};
}
