# pure
noinst_LIBRARIES += proxyd/rules/libproxyd_rules.a
proxyd_rules_libproxyd_rules_a_SOURCES = \
  proxyd/rules/action.h \
  proxyd/rules/acl_line.cc proxyd/rules/acl_line.h \
  proxyd/rules/condition.cc proxyd/rules/condition.h \
  proxyd/rules/predefined.cc proxyd/rules/predefined.h \
  proxyd/rules/header_actions.cc proxyd/rules/header_actions.h \
  proxyd/rules/redirect.cc proxyd/rules/redirect.h \
  proxyd/rules/reply.cc proxyd/rules/reply.h \
  proxyd/rules/binary_headers.cc proxyd/rules/binary_headers.h \
  proxyd/rules/hint_action.cc proxyd/rules/hint_action.h \
  proxyd/rules/capture_action.cc proxyd/rules/capture_action.h \
  proxyd/rules/list_actions.cc proxyd/rules/list_actions.h \
  proxyd/rules/message_text.cc proxyd/rules/message_text.h \
  proxyd/rules/normalize_target.cc proxyd/rules/normalize_target.h \
  proxyd/rules/replacement.cc proxyd/rules/replacement.h \
  proxyd/rules/start_line_actions.cc proxyd/rules/start_line_actions.h \
  proxyd/rules/target_parts.cc proxyd/rules/target_parts.h \
  proxyd/rules/handling.h \
  proxyd/rules/rule.cc proxyd/rules/rule.h \
  proxyd/rules/simple_actions.h \
  proxyd/rules/stream_actions.cc proxyd/rules/stream_actions.h \
  proxyd/rules/waiting_actions.h \
  proxyd/rules/variable_actions.cc proxyd/rules/variable_actions.h
