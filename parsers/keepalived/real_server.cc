// real_server: one backend of a virtual server.
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/virtual_server_draft.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295, kMostCount = 2147483647;

void read_weight(RealServerDraft& to, Reader& in) {
  if (const auto value = in.number(1, 0, kMostCount)) to.weight = static_cast<std::uint32_t>(*value);
  else in.complain("Real server weight " + in.text(1) + " is outside range 0-2147483647");
}

template <std::uint32_t RealServer::* Field>
void read_threshold(RealServerDraft& to, Reader& in) {
  if (const auto value = in.number(1, 0, kMostUnsigned)) to.out.*Field = static_cast<std::uint32_t>(*value);
  else in.complain("Invalid real_server " + in.text(0) + " '" + in.text(1) + "' - ignoring");
}

void read_choice(std::optional<bool>& to, Reader& in, const char* what) {
  if (const auto value = in.boolean(1)) to = *value;
  else in.complain("Invalid " + std::string{what} + " parameter " + in.text(1));
}

constexpr auto kRealServerKeywords = std::to_array<Keyword<RealServerDraft>>({
    {"weight", 1, &read_weight, "share of the load"},
    {"lvs_method", 1, [](RealServerDraft& to, Reader& in) {
       if (const auto forwarding = read_forwarding(in, "real")) to.forwarding = *forwarding;
     }, "forwarding"},
    {"uthreshold", 1, &read_threshold<&RealServer::upper_threshold>, "most connections"},
    {"lthreshold", 1, &read_threshold<&RealServer::lower_threshold>, "connections below which it serves again"},
    {"inhibit_on_failure", 0, [](RealServerDraft& to, Reader& in) { read_choice(to.inhibit, in, "inhibit_on_failure"); }, "weight 0 instead of removal"},
    {"notify_up", 1, [](RealServerDraft& to, Reader& in) { read_check_script(to.out.notify_up, in, to.out.name); }, "script"},
    {"notify_down", 1, [](RealServerDraft& to, Reader& in) { read_check_script(to.out.notify_down, in, to.out.name); }, "script"},
    {"alpha", 0, [](RealServerDraft& to, Reader& in) { read_choice(to.given.alpha, in, "alpha"); }, "down until checks have passed"},
    {"smtp_alert", 0, [](RealServerDraft& to, Reader& in) { read_choice(to.smtp_alert, in, "real_server smtp_alert"); }, "mail when its state changes"},
    {"retry", 1, [](RealServerDraft& to, Reader& in) { read_given_retry(to.given, in); }, "extra attempts before it is down"},
    {"delay_before_retry", 1, [](RealServerDraft& to, Reader& in) { read_given_delay_before_retry(to.given, in, "real server"); }, "seconds between attempts"},
    {"warmup", 1, [](RealServerDraft& to, Reader& in) { read_given_warmup(to.given, in, "real server"); }, "longest random delay of the first check"},
    {"delay_loop", 1, [](RealServerDraft& to, Reader& in) { read_given_delay_loop(to.given, in, "real server"); }, "seconds between checks"},
    {"connect_timeout", 1, [](RealServerDraft& to, Reader& in) { read_given_connect_timeout(to.given, in, "real server"); }, "seconds for one attempt"},
    {"virtualhost", 0, [](RealServerDraft& to, Reader& in) { read_name(to.out.virtualhost, in, "real server"); }, "Host of HTTP checks"},
    {"snmp_name", 0, [](RealServerDraft& to, Reader& in) { read_name(to.out.snmp_name, in, "real server"); }, "label"},
    {"TCP_CHECK", 0, &read_checker, "connects", Form::Block},
    {"HTTP_GET", 0, &read_checker, "asks for pages", Form::Block},
    {"SSL_GET", 0, &read_checker, "asks for pages over TLS", Form::Block},
    {"SMTP_CHECK", 0, &read_checker, "says HELO", Form::Block},
    {"DNS_CHECK", 0, &read_checker, "asks a question", Form::Block},
    {"MISC_CHECK", 0, &read_checker, "runs a script", Form::Block},
    {"BFD_CHECK", 0, &read_checker, "follows a BFD session", Form::Block},
    {"UDP_CHECK", 0, &read_checker, "sends a datagram", Form::Block},
    {"PING_CHECK", 0, &read_checker, "sends an ICMP echo", Form::Block},
    {"FILE_CHECK", 0, &read_checker, "follows a file", Form::Block},
});

/// Servers that are not behind a tunnel must be of the service's family; the first one decides that of a fwmark service.
bool check_family(VirtualServerDraft& service, const RealServerDraft& server) {
  const Forwarding forwarding = server.forwarding.value_or(service.forwarding.value_or(Forwarding{}));
  if (service.out.kind == VirtualServer::Kind::Group || forwarding.method == Forwarding::Method::Tunnel) return true;
  const auto family = static_cast<std::uint8_t>(server.out.address.family());
  if (service.out.family == 0) service.out.family = family;
  return service.out.family == family;
}

}  // namespace

void read_real_server(VirtualServerDraft& to, Reader& in) {
  const auto address = Address::parse(in.word(1));
  const auto port = address && in.size() > 2 ? read_port(in, 2) : 0;
  if (!address || !address->is_ip() || !port)
    return in.complain("Invalid real server ip address/port " + in.text(1) + (in.size() > 2 ? '/' + in.text(2) : "") + " - skipping");
  RealServerDraft draft;
  draft.out.address = *address;
  draft.out.address.set_port(*port);
  draft.port_given = *port != 0;
  draft.out.name = server_name(draft.out.address, to.out.protocol);
  draft.out.place = in.place(1);
  read_block(kRealServerKeywords, draft, in.statement(), in.context());
  if (in.context().stopped) return;
  if (!check_family(to, draft))
    return in.complain_at_end("Address family of virtual server and real server " + address->host() + " don't match - skipping real server.");
  if (!draft.forwarding) draft.forwarding = to.forwarding;
  to.real_servers.push_back(std::move(draft));
}

}  // namespace parsers::keepalived
