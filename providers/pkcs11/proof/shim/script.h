/* The script of the fault module: which calls go wrong, and how. */
#ifndef KEYWAY_SCRIPT_H
#define KEYWAY_SCRIPT_H

#include <stdint.h>

enum { MAX_RULES = 64, MAX_NAME = 32 };

typedef enum { ACT_FAIL, ACT_DELAY, ACT_HANG, ACT_FLIP, ACT_KILL, ACT_CRASH, ACT_VANISH } action;

typedef struct {
  /* A function, `*` for all, or `session` for all whose first parameter is a session. */
  char name[MAX_NAME];
  int after;
  /* Calls that it is for, counted from 1: from `first` to `last`, or each with `probability` where that is not 0. */
  unsigned long first;
  unsigned long last;
  double probability;
  uint64_t random;
  action act;
  /* CKR of fail, microseconds of delay, octet of flip (negative: the one in the middle). */
  long argument;
  unsigned long calls;
} rule;

/* What a call meets: copies, so that the script can change meanwhile. */
typedef struct {
  int count;
  rule rules[8];
} faults;

/* Looks up what the next call of a function meets, and counts it. Reads the script anew where its file has changed. */
void find_faults(const char *function, int session, faults *found);

/* A number that is another one whenever the script's file is. */
uint64_t script_stamp(void);

#endif
