#include "proxyd/config/retired_keywords.h"

#include <array>

namespace proxyd::config {

namespace {

constexpr auto kRetired = std::to_array<RetiredKeyword>({
    {kGlobal, "nbproc",
     "nbproc is not supported any more since HAProxy 2.5. Threads will automatically be used on "
     "multi-processor "
     "machines if available."},
    {kGlobal, "tune.chksize",
     "option 'tune.chksize' is not supported any more (tune.bufsize is used instead).",
     Style::Tight},
    {kAnyProxy, "reqadd",
     "The 'reqadd' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "add-header' instead."},
    {kAnyProxy, "cliexp",
     "The 'cliexp' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "replace-path', "
     "'http-request replace-uri' or 'http-request replace-header' instead."},
    {kAnyProxy, "reqrep",
     "The 'reqrep' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "replace-path', "
     "'http-request replace-uri' or 'http-request replace-header' instead."},
    {kAnyProxy, "reqirep",
     "The 'reqirep' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "replace-header' "
     "instead."},
    {kAnyProxy, "reqdel",
     "The 'reqdel' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "del-header' instead."},
    {kAnyProxy, "reqidel",
     "The 'reqidel' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "del-header' instead."},
    {kAnyProxy, "reqdeny",
     "The 'reqdeny' not supported anymore since HAProxy 2.1. Use 'http-request deny' instead."},
    {kAnyProxy, "reqideny",
     "The 'reqideny' directive is not supported anymore since HAProxy 2.1. Use 'http-request deny' "
     "instead."},
    {kAnyProxy, "reqpass", "The 'reqpass' not supported anymore since HAProxy 2.1."},
    {kAnyProxy, "reqipass", "The 'reqipass' directive is not supported anymore since HAProxy 2.1."},
    {kAnyProxy, "reqallow",
     "The 'reqallow' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "allow' instead."},
    {kAnyProxy, "reqiallow",
     "The 'reqiallow' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "allow' instead."},
    {kAnyProxy, "reqtarpit",
     "The 'reqtarpit' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "tarpit' instead."},
    {kAnyProxy, "reqitarpit",
     "The 'reqitarpit' directive is not supported anymore since HAProxy 2.1. Use 'http-request "
     "tarpit' instead."},
    {kAnyProxy, "srvexp",
     "The 'srvexp' directive is not supported anymore since HAProxy 2.1. Use 'http-response "
     "replace-header' "
     "instead."},
    {kAnyProxy, "rspadd",
     "The 'rspadd' directive is not supported anymore since HAProxy 2.1. Use 'http-response "
     "add-header' instead."},
    {kAnyProxy, "rspdel",
     "The 'rspdel' directive is not supported anymore since HAProxy 2.1. Use 'http-response "
     "del-header' ."},
    {kAnyProxy, "rspidel",
     "The 'rspidel' directive is not supported anymore since HAProxy 2.1. Use 'http-response "
     "del-header' instead."},
    {kAnyProxy, "rspdeny",
     "The 'rspdeny' directive is not supported anymore since HAProxy 2.1. Use 'http-response deny' "
     "instead."},
    {kAnyProxy, "rspideny",
     "The 'rspideny' directive is not supported anymore since HAProxy 2.1. Use 'http-response "
     "deny' instead."},
    {kAnyProxy, "rsprep",
     "The 'rsprep' directive is not supported anymore since HAProxy 2.1. Use 'http-response "
     "replace-header' "
     "instead."},
    {kAnyProxy, "rspirep",
     "The 'rspirep' directive is not supported anymore since HAProxy 2.1. Use 'http-response "
     "replace-header' "
     "instead."},
    {kAnyProxy, "block",
     "The 'block' directive is not supported anymore since HAProxy 2.1. Use 'http-request deny' "
     "which uses the "
     "exact same syntax."},
    {kAnyProxy, "monitor-net",
     "'monitor-net' doesn't exist anymore. Please use 'http-request return status 200 if {{ src {} "
     "}}' instead."},
    {kAnyProxy, "appsession", "'appsession' is not supported anymore since HAProxy 1.6."},
    {kAnyProxy, "redispatch",
     "keyword 'redispatch' directive is not supported anymore since HAProxy 2.1. Use 'option "
     "redispatch'."},
    {kAnyProxy, "redisp",
     "keyword 'redisp' directive is not supported anymore since HAProxy 2.1. Use 'option "
     "redispatch'."},
    {kAnyProxy, "contimeout",
     "the 'contimeout' directive is not supported anymore since HAProxy 2.1. Use 'timeout "
     "connect'."},
    {kAnyProxy, "srvtimeout",
     "the 'srvtimeout' directive is not supported anymore since HAProxy 2.1. Use 'timeout "
     "server'."},
    {kAnyProxy, "clitimeout",
     "the 'clitimeout' directive is not supported anymore since HAProxy 2.1. Use 'timeout "
     "client'."},
    {kAnyProxy, "grace", "the 'grace' keyword is not supported any more since HAProxy version 2.5.",
     Style::Tight},
    {kAnyProxy, "bind-process",
     "'bind-process' has no effect, is deprecated, and will be removed in version 2.7.",
     Style::Tight, true},
    {kAnyProxy, "option forceclose",
     "option 'forceclose' is not supported any more since HAProxy 2.0, please just remove it, or "
     "use 'option "
     "httpclose' if absolutely needed.",
     Style::Tight},
    {kAnyProxy, "option http-tunnel",
     "option 'http-tunnel' is not supported any more since HAProxy 2.1, please just remove it, it "
     "shouldn't be needed.",
     Style::Tight},
    {kAnyProxy, "option http_proxy",
     "option 'http_proxy' is not supported any more since HAProxy 2.5. This option stopped working "
     "in HAProxy 1.9 and "
     "usually had nasty side effects. It can be more reliably implemented with combinations of "
     "'http-request set-dst' "
     "and 'http-request set-uri', and even 'http-request do-resolve' if DNS resolution is desired.",
     Style::Tight},
});

}  // namespace

const RetiredKeyword* find_retired(Scope scope, std::string_view name) {
  for (const RetiredKeyword& each : kRetired)
    if (each.name == name && (each.scope & scope) != 0) return &each;
  return nullptr;
}

}  // namespace proxyd::config
