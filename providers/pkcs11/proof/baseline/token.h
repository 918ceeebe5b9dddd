/* The token that the baseline program signs with. */
#ifndef KEYWAY_BASELINE_TOKEN_H
#define KEYWAY_BASELINE_TOKEN_H

#include "../shim/cryptoki.h"
#include "../shim/functions.h"

/* What is measured: a kind of key, its mechanism, and what is signed, which has been hashed. */
typedef struct {
  const char *name;
  CK_MECHANISM_TYPE generate;
  CK_MECHANISM_TYPE sign;
  const CK_BYTE *data;
  CK_ULONG length;
} algorithm;

typedef struct {
  CK_OBJECT_HANDLE private_key;
  CK_OBJECT_HANDLE public_key;
  /* Whether they were made here, and are to go again. */
  int own;
} key_pair;

/* Ends the program with a message where a call has not given CKR_OK. */
void check(CK_RV result, const char *what);

/* The algorithm of a name, RS256 or ES256. Ends the program for another one. */
const algorithm *find_algorithm(const char *name);

/* Loads a module and initialises it for several threads. */
CK_FUNCTION_LIST *load_module(const char *path, const char *parameters);

/* The slot of the token with a label. */
CK_SLOT_ID find_slot(CK_FUNCTION_LIST *p11, const char *label);

CK_SESSION_HANDLE open_session(CK_FUNCTION_LIST *p11, CK_SLOT_ID slot);

/* The pair with a CKA_ID in hexadecimal, or without one a fresh one on the token, with a private key that stays there. */
key_pair find_keys(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, const algorithm *of, const char *id);

#endif
