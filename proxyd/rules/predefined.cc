#include "proxyd/rules/predefined.h"

#include <array>
#include <vector>

#include "lib/base/text.h"
#include "proxyd/rules/acl_line.h"

namespace proxyd::rules {

namespace {

struct Predefined {
  std::string_view name;
  std::string_view definition;
};

constexpr auto kPredefined = std::to_array<Predefined>({
    {"TRUE", "always_true"},
    {"FALSE", "always_false"},
    {"LOCALHOST", "src 127.0.0.1/8 ::1"},
    {"HTTP", "req.proto_http"},
    {"HTTP_1.0", "req.ver 1.0"},
    {"HTTP_1.1", "req.ver 1.1"},
    {"HTTP_2.0", "req.ver 2.0"},
    {"HTTP_3.0", "req.ver 3.0"},
    {"HTTP_CONTENT", "req.hdr_val(content-length) gt 0"},
    {"HTTP_URL_ABS", "url_reg ^[^/:]*://"},
    {"HTTP_URL_SLASH", "url_beg /"},
    {"HTTP_URL_STAR", "url *"},
    {"METH_CONNECT", "method CONNECT"},
    {"METH_DELETE", "method DELETE"},
    {"METH_GET", "method GET HEAD"},
    {"METH_HEAD", "method HEAD"},
    {"METH_OPTIONS", "method OPTIONS"},
    {"METH_POST", "method POST"},
    {"METH_PUT", "method PUT"},
    {"METH_TRACE", "method TRACE"},
    {"RDP_COOKIE", "req.rdp_cookie_cnt gt 0"},
    {"REQ_CONTENT", "req.len gt 0"},
    {"WAIT_END", "wait_end"},
});

}  // namespace

bool is_predefined(std::string_view name) {
  for (const Predefined& each : kPredefined)
    if (each.name == name) return true;
  return false;
}

std::shared_ptr<const Acl> make_predefined(std::string_view name, samples::Environment& environment) {
  for (const Predefined& each : kPredefined) {
    if (each.name != name) continue;
    std::vector<parsers::haproxy::Word> words;
    for (const std::string_view piece : lib::base::split(each.definition, ' '))
      words.push_back(parsers::haproxy::Word{.text = piece});
    auto line = compile_acl(words, environment);
    if (!line.has_value()) return nullptr;
    auto acl = std::make_shared<Acl>();
    acl->name = each.name;
    acl->terms.push_back(std::move(line->term));
    return acl;
  }
  return nullptr;
}

}  // namespace proxyd::rules
