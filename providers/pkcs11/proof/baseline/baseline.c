/*
 * Signs with a token as fast as C can: one session for each thread, for some seconds. Prints one line of JSON.
 *
 * baseline <module> <label> RS256|ES256 <threads> <seconds> [<CKA_ID in hexadecimal>]
 *
 * The PIN is in KEYWAY_PIN, what the module is told as it is initialised in KEYWAY_PARAMETERS.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "token.h"

enum { MAX_THREADS = 256 };

typedef struct {
  CK_FUNCTION_LIST *p11;
  CK_SESSION_HANDLE session;
  const algorithm *of;
  key_pair keys;
  double seconds;
  pthread_barrier_t *start;
  unsigned long signatures;
} worker;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *sign_for_long(void *argument) {
  worker *self = argument;
  CK_FUNCTION_LIST *p11 = self->p11;
  CK_MECHANISM mechanism = {self->of->sign, NULL, 0};
  CK_BYTE signature[512];
  CK_ULONG length = 0;
  pthread_barrier_wait(self->start);
  double end = now() + self->seconds;
  while (now() < end) {
    length = sizeof signature;
    check(p11->C_SignInit(self->session, &mechanism, self->keys.private_key), "C_SignInit");
    check(p11->C_Sign(self->session, (CK_BYTE *)self->of->data, self->of->length, signature, &length), "C_Sign");
    self->signatures++;
  }
  check(p11->C_VerifyInit(self->session, &mechanism, self->keys.public_key), "C_VerifyInit");
  check(p11->C_Verify(self->session, (CK_BYTE *)self->of->data, self->of->length, signature, length), "C_Verify");
  return NULL;
}

int main(int argc, char **argv) {
  const char *pin = getenv("KEYWAY_PIN");
  int threads = argc > 4 ? atoi(argv[4]) : 0;
  double seconds = argc > 5 ? atof(argv[5]) : 0;
  if (argc < 6 || argc > 7 || pin == NULL || threads < 1 || threads > MAX_THREADS || seconds <= 0) {
    fprintf(stderr, "usage: baseline <module> <label> RS256|ES256 <threads> <seconds> [<id>], with KEYWAY_PIN\n");
    return 2;
  }
  const algorithm *of = find_algorithm(argv[3]);
  CK_FUNCTION_LIST *p11 = load_module(argv[1], getenv("KEYWAY_PARAMETERS"));
  CK_SLOT_ID slot = find_slot(p11, argv[2]);
  CK_SESSION_HANDLE session = open_session(p11, slot);
  check(p11->C_Login(session, CKU_USER, (CK_BYTE *)pin, strlen(pin)), "C_Login");
  key_pair keys = find_keys(p11, session, of, argc > 6 ? argv[6] : NULL);

  static worker workers[MAX_THREADS];
  static pthread_t handles[MAX_THREADS];
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
  for (int at = 0; at < threads; at++) {
    workers[at] = (worker){p11, open_session(p11, slot), of, keys, seconds, &start, 0};
    if (pthread_create(&handles[at], NULL, sign_for_long, &workers[at]) != 0) abort();
  }
  pthread_barrier_wait(&start);
  double started = now();
  unsigned long signatures = 0;
  for (int at = 0; at < threads; at++) {
    pthread_join(handles[at], NULL);
    signatures += workers[at].signatures;
  }
  double took = now() - started;
  printf("{\"algorithm\":\"%s\",\"threads\":%d,\"seconds\":%.3f,\"signatures\":%lu,\"verified\":%d,\"rate\":%.1f}\n",
         of->name, threads, took, signatures, threads, (double)signatures / took);
  if (keys.own) {
    check(p11->C_DestroyObject(session, keys.private_key), "C_DestroyObject");
    check(p11->C_DestroyObject(session, keys.public_key), "C_DestroyObject");
  }
  check(p11->C_Finalize(NULL), "C_Finalize");
  return 0;
}
