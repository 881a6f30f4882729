// SPDX-License-Identifier: GPL-2.0-only
//
// The model's log: "strict.log" in the folder where the emulator runs, which the harness reads.
#include "model.hh"
#include <stdarg.h>

const unsigned MOST_REPORTS = 10;	// of a type

struct Counts counted;

static FILE *out;
static std::map<std::string, u64> types, notes;

static bool mode(const char *wanted)
{
  const char *given = getenv("STRICT");
  return given && ! strcmp(given, wanted);
}

bool strict_eager = mode("eager"), strict_stale = mode("stale");

static void summary()
{
  const Counts &n = counted;

  fprintf(out, "STRICT SUMMARY entries=" FMT_LL "u exits=" FMT_LL "u walks=" FMT_LL "u combined=" FMT_LL "u invept=" FMT_LL
          "u invvpid=" FMT_LL "u ept_stores=" FMT_LL "u changes=" FMT_LL "u frees=" FMT_LL "u vmptrld=" FMT_LL "u vmclear="
          FMT_LL "u vmxon=" FMT_LL "u vmxoff=" FMT_LL "u returns=" FMT_LL "u\n", n.entries, n.exits, n.walks, n.combined,
          n.invept, n.invvpid, n.ept_stores, n.changes, n.frees, n.vmptrld, n.vmclear, n.vmxon, n.vmxoff, n.returns);
  for (auto &t : types)
    fprintf(out, "STRICT COUNT %s " FMT_LL "u\n", t.first.c_str(), t.second);
  fclose(out);
}

static void vsay(const char *format, va_list arguments)
{
  if (! out) {
    out = fopen("strict.log", "a");
    if (! out) {
      perror("strict.log");
      _exit(1);
    }
    setvbuf(out, NULL, _IOLBF, 0);
    atexit(summary);
  }
  vfprintf(out, format, arguments);
}

void say(const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  vsay(format, arguments);
  va_end(arguments);
}

bool report(const std::string &type, const char *format, ...)
{
  va_list arguments;

  if (++types[type] > MOST_REPORTS)
    return false;
  say("STRICT REPORT %s: ", type.c_str());
  va_start(arguments, format);
  vsay(format, arguments);
  va_end(arguments);
  say("\n");
  return true;
}

bool note(const std::string &type, const char *format, ...)
{
  va_list arguments;

  if (++notes[type] > MOST_REPORTS)
    return false;
  say("STRICT NOTE ");
  va_start(arguments, format);
  vsay(format, arguments);
  va_end(arguments);
  say("\n");
  return true;
}
