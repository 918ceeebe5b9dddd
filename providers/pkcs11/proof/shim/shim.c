/*
 * A PKCS #11 library that hands every call to another one and goes wrong as a script says. Its environment:
 *
 * KEYWAY_SHIM_MODULE  the library that the calls go to
 * KEYWAY_SHIM_SCRIPT  the script, read whenever its file has changed; without one nothing goes wrong
 * KEYWAY_SHIM_LOG     a file that a line is added to for each call:
 *                     pid, thread, function, result as the caller was told, result of the real call, microseconds,
 *                     what the script did, with tabs between; "-" where there is none
 */
#define _GNU_SOURCE
#include "cryptoki.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "functions.h"
#include "script.h"

#define EXPORT __attribute__((visibility("default")))

static CK_FUNCTION_LIST *real;
static int log_file = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load_real(void) {
  const char *log = getenv("KEYWAY_SHIM_LOG");
  if (log != NULL) log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *module = getenv("KEYWAY_SHIM_MODULE");
  void *library = module == NULL ? NULL : dlopen(module, RTLD_NOW | RTLD_LOCAL);
  CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
  if (library != NULL) *(void **)&get = dlsym(library, "C_GetFunctionList");
  if (get == NULL || get(&real) != CKR_OK) real = NULL;
  if (real == NULL) fprintf(stderr, "fault module: KEYWAY_SHIM_MODULE names no PKCS #11 library\n");
}

/* One call on its way. */
typedef struct {
  const char *function;
  faults met;
  uint64_t start;
  /* Whether the real function was called, and what it gave. */
  int called;
  CK_RV result;
  const char *done;
} call;

static uint64_t microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* One write each, so that the lines of threads and processes do not mix. */
static void log_call(const call *of, const CK_RV *told) {
  if (log_file < 0) return;
  char line[256], told_text[24] = "-", real_text[24] = "-";
  if (told != NULL) snprintf(told_text, sizeof told_text, "%lu", *told);
  if (of->called) snprintf(real_text, sizeof real_text, "%lu", of->result);
  int length = snprintf(line, sizeof line, "%d\t%ld\t%s\t%s\t%s\t%" PRIu64 "\t%s\n", getpid(), (long)syscall(SYS_gettid),
                        of->function, told_text, real_text, microseconds() - of->start, of->done);
  if (write(log_file, line, (size_t)length) != length) abort();
}

static void pause_for(long us) {
  struct timespec time = {us / 1000000, (us % 1000000) * 1000};
  while (nanosleep(&time, &time) != 0) continue;
}

/* Gives no answer for as long as the script stays as it is. */
static void hang(void) {
  uint64_t stamp = script_stamp();
  while (script_stamp() == stamp) pause_for(10000);
}

/* Does what the rules of one side of the call say. Returns whether one fails it, and how. */
static int act_on(call *of, int after, CK_RV *told) {
  int fails = 0;
  for (int at = 0; at < of->met.count; at++) {
    const rule *met = &of->met.rules[at];
    if (met->after != after || met->act == ACT_FLIP) continue;
    switch (met->act) {
      case ACT_FAIL:
        of->done = "fail";
        if (!fails) *told = (CK_RV)met->argument;
        fails = 1;
        break;
      case ACT_DELAY:
        of->done = "delay";
        pause_for(met->argument);
        break;
      case ACT_HANG:
        of->done = "hang";
        log_call(of, NULL);
        hang();
        /* What was asked for is not done any more: nobody waits for it. */
        if (!after) *told = CKR_FUNCTION_CANCELED;
        fails = fails || !after;
        break;
      case ACT_KILL:
        of->done = "kill";
        log_call(of, NULL);
        kill(getpid(), SIGKILL);
        break;
      case ACT_CRASH:
        of->done = "crash";
        log_call(of, NULL);
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
        break;
      case ACT_VANISH:
        /* This thread alone is gone, and tells nobody. */
        of->done = "vanish";
        log_call(of, NULL);
        syscall(SYS_exit, 0);
        break;
      case ACT_FLIP:
        break;
    }
  }
  return fails;
}

static const rule *flip_of(call *of) {
  for (int at = 0; at < of->met.count; at++)
    if (of->met.rules[at].act == ACT_FLIP) return &of->met.rules[at];
  return NULL;
}

/* Flips the lowest bit of one octet, where the call has given any. */
static void flip_octet(call *of, const rule *by, void *octets, CK_ULONG length) {
  if (octets == NULL || length == 0 || length == (CK_ULONG)-1) return;
  CK_ULONG at = by->argument < 0 ? length / 2 : (CK_ULONG)by->argument % length;
  ((CK_BYTE *)octets)[at] ^= 1;
  of->done = "flip";
}

static void flip_attributes(call *of, const rule *by, CK_ATTRIBUTE *attributes, CK_ULONG count) {
  for (CK_ULONG at = 0; at < count && strcmp(of->done, "flip") != 0; at++)
    flip_octet(of, by, attributes[at].pValue, attributes[at].ulValueLen);
}

#define NOTHING (void)by
#define OCTETS(out, length) flip_octet(&of, by, out, *(length))
#define HANDLE(out) flip_octet(&of, by, out, 1)
#define HANDLES(out, count) flip_octet(&of, by, *(count) > 0 ? out : NULL, 1)
/* A numbered octet may also be one of what stands behind the serial number: flags, counts, versions, clock. */
#define SERIAL(info)                                                                                                   \
  flip_octet(&of, by, (info)->serialNumber,                                                                            \
             by->argument < 0 ? sizeof(info)->serialNumber : sizeof *(info) - offsetof(CK_TOKEN_INFO, serialNumber))
#define ATTRIBUTES(list, count) flip_attributes(&of, by, list, count)

#define S 1
#define N 0

#define DEFINE(name, session, parameters, arguments, flip)                                                             \
  EXPORT CK_RV name parameters;                                                                                        \
  CK_RV name parameters {                                                                                              \
    call of = {.function = #name, .start = microseconds(), .done = "-"};                                              \
    CK_RV told = CKR_GENERAL_ERROR;                                                                                    \
    find_faults(#name, session, &of.met);                                                                              \
    if (!act_on(&of, 0, &told)) {                                                                                      \
      told = of.result = real->name arguments;                                                                         \
      of.called = 1;                                                                                                   \
      const rule *by = told == CKR_OK ? flip_of(&of) : NULL;                                                           \
      if (by != NULL) {                                                                                                \
        flip;                                                                                                          \
      }                                                                                                                \
      act_on(&of, 1, &told);                                                                                           \
    }                                                                                                                  \
    log_call(&of, &told);                                                                                              \
    return told;                                                                                                       \
  }

KEYWAY_FUNCTIONS(DEFINE)

EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);

#define ENTRY(name, session, parameters, arguments, flip) name,

static CK_FUNCTION_LIST own = {
    {2, 40}, KEYWAY_FUNCTIONS_BEFORE(ENTRY) C_GetFunctionList, KEYWAY_FUNCTIONS_AFTER(ENTRY)};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
  if (list == NULL) return CKR_ARGUMENTS_BAD;
  pthread_once(&once, load_real);
  if (real == NULL) return CKR_GENERAL_ERROR;
  *list = &own;
  return CKR_OK;
}
