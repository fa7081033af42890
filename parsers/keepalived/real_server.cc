// real_server: one backend of a virtual server.
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword_list.h"
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
    {"weight", 1, &read_weight, "NUMBER", "Its share of the load; 0: no new connections. Default: the virtual server's, or 1."},
    {"lvs_method", 1, [](RealServerDraft& to, Reader& in) {
       if (const auto forwarding = read_forwarding(in, "real")) to.forwarding = *forwarding;
     }, "NAT|DR|TUN [OPTIONS]", "How packets get to it; see the virtual server's. Default: the virtual server's."},
    {"uthreshold", 1, &read_threshold<&RealServer::upper_threshold>, "NUMBER", "Connections from which on it gets no more; 0: no limit. Default: 0."},
    {"lthreshold", 1, &read_threshold<&RealServer::lower_threshold>, "NUMBER", "Connections below which it gets new ones again. Default: 0, three quarters of uthreshold."},
    {"inhibit_on_failure", 0, [](RealServerDraft& to, Reader& in) { read_choice(to.inhibit, in, "inhibit_on_failure"); }, "[BOOL]", "While it is down it stays in the table with weight 0. Default: the virtual server's."},
    {"notify_up", 1, [](RealServerDraft& to, Reader& in) { read_check_script(to.out.notify_up, in, to.out.name); }, "COMMAND [USER [GROUP]]", "Runs when it comes up."},
    {"notify_down", 1, [](RealServerDraft& to, Reader& in) { read_check_script(to.out.notify_down, in, to.out.name); }, "COMMAND [USER [GROUP]]", "Runs when it goes down."},
    {"alpha", 0, [](RealServerDraft& to, Reader& in) { read_choice(to.given.alpha, in, "alpha"); }, "[BOOL]", "Down until its checks have passed. Default: the virtual server's."},
    {"smtp_alert", 0, [](RealServerDraft& to, Reader& in) { read_choice(to.smtp_alert, in, "real_server smtp_alert"); }, "[BOOL]", "Mail when its state changes. Default: smtp_alert_checker, smtp_alert, else on."},
    {"retry", 1, [](RealServerDraft& to, Reader& in) { read_given_retry(to.given, in); }, "NUMBER", "Further attempts of its checks before it is down, from 1. Default: the virtual server's."},
    {"delay_before_retry", 1, [](RealServerDraft& to, Reader& in) { read_given_delay_before_retry(to.given, in, "real server"); }, "SECONDS", "Between those attempts. Default: the virtual server's."},
    {"warmup", 1, [](RealServerDraft& to, Reader& in) { read_given_warmup(to.given, in, "real server"); }, "SECONDS", "The first checks begin at a random time up to this. Default: the virtual server's."},
    {"delay_loop", 1, [](RealServerDraft& to, Reader& in) { read_given_delay_loop(to.given, in, "real server"); }, "SECONDS", "Between its checks. Default: the virtual server's."},
    {"connect_timeout", 1, [](RealServerDraft& to, Reader& in) { read_given_connect_timeout(to.given, in, "real server"); }, "SECONDS", "For one attempt, 0.000001 to 4294. Default: the virtual server's."},
    {"virtualhost", 0, [](RealServerDraft& to, Reader& in) { read_name(to.out.virtualhost, in, "real server"); }, "NAME", "The Host header of its HTTP checks. Default: the virtual server's."},
    {"snmp_name", 0, [](RealServerDraft& to, Reader& in) { read_name(to.out.snmp_name, in, "real server"); }, "NAME", "A label; shown by nothing here."},
    {"TCP_CHECK", 0, &read_checker, "", "Connects.", Form::Block},
    {"HTTP_GET", 0, &read_checker, "", "Asks for pages.", Form::Block},
    {"SSL_GET", 0, &read_checker, "", "Asks for pages over TLS.", Form::Block},
    {"SMTP_CHECK", 0, &read_checker, "", "Greets a mail server. Its old block \"host\" holds connection keywords of one more target.", Form::Block},
    {"DNS_CHECK", 0, &read_checker, "", "Asks a name server.", Form::Block},
    {"MISC_CHECK", 0, &read_checker, "", "Runs a command: exit status 0 is good.", Form::Block},
    {"BFD_CHECK", 0, &read_checker, "", "Follows a BFD session.", Form::Block},
    {"UDP_CHECK", 0, &read_checker, "", "Sends a datagram.", Form::Block},
    {"PING_CHECK", 0, &read_checker, "", "Sends an ICMP echo request.", Form::Block},
    {"FILE_CHECK", 0, &read_checker, "", "Follows a track_file.", Form::Block},
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

void list_real_server_keywords(KeywordList& list) {
  list_rows(list, "real_server", kRealServerKeywords);
}

}  // namespace parsers::keepalived
