# Results, time, text, lists: knows nothing else. bug.cc alone keeps a process-wide counter.
noinst_LIBRARIES += lib/base/libbase.a
lib_base_libbase_a_SOURCES = \
  lib/base/bytes.h lib/base/bug.cc lib/base/bug.h \
  lib/base/calendar.cc lib/base/calendar.h \
  lib/base/file.cc lib/base/file.h \
  lib/base/hash.cc lib/base/hash.h \
  lib/base/list.h lib/base/lock.h \
  lib/base/outside.cc lib/base/outside.h \
  lib/base/page_blocks.cc lib/base/page_blocks.h \
  lib/base/result.cc lib/base/result.h \
  lib/base/text.cc lib/base/text.h \
  lib/base/time.h \
  lib/base/unique_fd.h \
  lib/base/version.cc lib/base/version.h
