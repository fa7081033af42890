# pure
noinst_LIBRARIES += proxyd/rules/libproxyd_rules.a
proxyd_rules_libproxyd_rules_a_SOURCES = \
  proxyd/rules/acl_line.cc proxyd/rules/acl_line.h \
  proxyd/rules/condition.cc proxyd/rules/condition.h \
  proxyd/rules/predefined.cc proxyd/rules/predefined.h
