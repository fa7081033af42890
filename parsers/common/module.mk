# pure: sources, places, caret diagnostics, did-you-mean.
noinst_LIBRARIES += parsers/common/libparsers_common.a
parsers_common_libparsers_common_a_SOURCES =
