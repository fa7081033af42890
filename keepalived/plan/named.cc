#include "keepalived/plan/named.h"

#include <fmt/format.h>

namespace keepalived::plan {

using lib::plan::Comparison;
using lib::plan::Plan;
using parsers::keepalived::BfdInstance;
using parsers::keepalived::Command;
using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::TrackFile;
using parsers::keepalived::Weight;

void command(Comparison& of, std::string_view keyword, const std::optional<Command>& before, const std::optional<Command>& after) {
  of.texts(keyword, before ? before->text : "none", after ? after->text : "none", before == after);
}

std::string text_of(const Weight& weight) { return fmt::format("{}{}", weight.value, weight.reverse ? " reverse" : ""); }

void track_files(Plan& plan, const KeepalivedConfig& before, const KeepalivedConfig& after) {
  compare_named(plan, "vrrp_track_file", before.track_files, after.track_files, [](const TrackFile& a, const TrackFile& b, Comparison& of) {
    of.value("file", a.path, b.path);
    of.value("weight", text_of(a.weight), text_of(b.weight));
    // Of the start of a tracker only: a file that is followed already keeps its value.
    of.value("init_file", a.initial_value, b.initial_value);
    of.value("init_file overwrite", a.overwrite, b.overwrite);
  });
}

void bfd_instances(Plan& plan, const KeepalivedConfig& before, const KeepalivedConfig& after) {
  compare_named(plan, "bfd_instance", before.bfds, after.bfds, [](const BfdInstance& a, const BfdInstance& b, Comparison& of) {
    const auto host = [](const std::optional<lib::net::Address>& address) { return address ? address->host() : std::string{}; };
    of.value("neighbor_ip", a.neighbor.host(), b.neighbor.host());
    of.value("source_ip", host(a.source), host(b.source));
    of.value("min_rx", lib::base::Duration{a.min_rx_us}, lib::base::Duration{b.min_rx_us});
    of.value("min_tx", lib::base::Duration{a.min_tx_us}, lib::base::Duration{b.min_tx_us});
    of.value("idle_tx", lib::base::Duration{a.idle_tx_us}, lib::base::Duration{b.idle_tx_us});
    of.value("multiplier", unsigned{a.multiplier}, unsigned{b.multiplier});
    of.value("passive", a.passive, b.passive);
    of.value("ttl", a.ttl, b.ttl);
    of.value("max_hops", a.max_hops, b.max_hops);
    of.value("multihop", a.multihop, b.multihop);
    of.value("weight", text_of(a.weight), text_of(b.weight));
    of.value("vrrp", a.is_for_vrrp(), b.is_for_vrrp());
    of.value("checker", a.is_for_checker(), b.is_for_checker());
  });
}

}  // namespace keepalived::plan
