#define _GNU_SOURCE
#include "script.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static rule rules[MAX_RULES];
static int rule_count;
static uint64_t loaded;

static const char *const action_names[] = {"fail", "delay", "hang", "flip", "kill", "crash", "vanish"};

uint64_t script_stamp(void) {
  const char *path = getenv("KEYWAY_SHIM_SCRIPT");
  struct stat status;
  if (path == NULL || stat(path, &status) != 0) return 0;
  uint64_t time = (uint64_t)status.st_mtim.tv_sec * 1000000000u + (uint64_t)status.st_mtim.tv_nsec;
  return (time ^ ((uint64_t)status.st_ino << 20) ^ (uint64_t)status.st_size) | 1;
}

static void refuse(const char *line) {
  fprintf(stderr, "fault module: a line of the script is not understood: %s\n", line);
  abort();
}

/* <function> before|after <calls> <action> [<argument>], where <calls> is 3, 3+, 3-5 or p<probability>/<seed>. */
static void read_rule(const char *line, rule *made) {
  char when[8], calls[64], act[16], argument[32] = "";
  memset(made, 0, sizeof *made);
  if (sscanf(line, "%31s %7s %63s %15s %31s", made->name, when, calls, act, argument) < 4) refuse(line);
  made->after = strcmp(when, "after") == 0;
  if (!made->after && strcmp(when, "before") != 0) refuse(line);
  if (sscanf(calls, "p%lf/%lu", &made->probability, &made->first) == 2) {
    made->random = made->first * 2654435769u + 88172645463325252u;
  } else {
    made->probability = 0;
    int given = sscanf(calls, "%lu-%lu", &made->first, &made->last);
    if (given < 1) refuse(line);
    if (given == 1) made->last = strchr(calls, '+') != NULL ? (unsigned long)-1 : made->first;
  }
  size_t known = sizeof action_names / sizeof action_names[0], at = 0;
  while (at < known && strcmp(act, action_names[at]) != 0) at++;
  if (at == known) refuse(line);
  made->act = (action)at;
  made->argument = argument[0] == '\0' ? -1 : strtol(argument, NULL, 0);
}

static void load(uint64_t stamp) {
  rule_count = 0;
  loaded = stamp;
  const char *path = getenv("KEYWAY_SHIM_SCRIPT");
  FILE *file = path == NULL ? NULL : fopen(path, "re");
  if (file == NULL) return;
  char line[256];
  while (fgets(line, sizeof line, file) != NULL) {
    if (line[0] == '#' || line[0] == '\n') continue;
    if (rule_count == MAX_RULES) refuse("too many");
    read_rule(line, &rules[rule_count++]);
  }
  fclose(file);
}

/* xorshift64*: the same calls are met for the same seed, as far as threads call in the same order. */
static double next_random(rule *of) {
  of->random ^= of->random >> 12;
  of->random ^= of->random << 25;
  of->random ^= of->random >> 27;
  return (double)((of->random * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

static int is_met(rule *known) {
  known->calls++;
  if (known->probability > 0) return next_random(known) < known->probability;
  return known->calls >= known->first && known->calls <= known->last;
}

void find_faults(const char *function, int session, faults *found) {
  found->count = 0;
  uint64_t stamp = script_stamp();
  if (stamp == 0) return;
  pthread_mutex_lock(&lock);
  if (stamp != loaded) load(stamp);
  for (int at = 0; at < rule_count; at++) {
    rule *known = &rules[at];
    int named = strcmp(known->name, function) == 0 || strcmp(known->name, "*") == 0 ||
                (session && strcmp(known->name, "session") == 0);
    if (named && is_met(known) && found->count < 8) found->rules[found->count++] = *known;
  }
  pthread_mutex_unlock(&lock);
}
