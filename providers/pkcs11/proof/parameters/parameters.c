/*
 * A PKCS #11 library that is another one, but that initialises it with a text, for programs that have no way to say one:
 * NSS wants to be told there where its database is. No other call comes through here. Its environment:
 *
 * KEYWAY_PARAMETERS_MODULE  the library that it is
 * KEYWAY_PARAMETERS_TEXT    the text
 */
#define _GNU_SOURCE
#include "../shim/cryptoki.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "../shim/functions.h"

static CK_FUNCTION_LIST list;
static CK_RV (*initialize)(void *args);

static CK_RV initialize_with_text(void *args) {
  CK_C_INITIALIZE_ARGS own = {.flags = CKF_OS_LOCKING_OK};
  if (args != NULL) own = *(CK_C_INITIALIZE_ARGS *)args;
  own.pReserved = getenv("KEYWAY_PARAMETERS_TEXT");
  return initialize(&own);
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out);

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out) {
  if (out == NULL) return CKR_ARGUMENTS_BAD;
  const char *module = getenv("KEYWAY_PARAMETERS_MODULE");
  void *library = module == NULL ? NULL : dlopen(module, RTLD_NOW | RTLD_LOCAL);
  CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
  CK_FUNCTION_LIST *real;
  if (library != NULL) *(void **)&get = dlsym(library, "C_GetFunctionList");
  if (get == NULL || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
  list = *real;
  initialize = list.C_Initialize;
  list.C_Initialize = initialize_with_text;
  *out = &list;
  return CKR_OK;
}
