noinst_LIBRARIES += proxyd/rules/libproxyd_rules.a
proxyd_rules_libproxyd_rules_a_SOURCES =
