#include "vrrpd/report/metrics.h"

#include "lib/metrics/render.h"

namespace vrrpd::report {
namespace {

using lib::metrics::Field;
using lib::metrics::Nature;
using lib::metrics::Tags;
using lib::metrics::u64;
using lib::metrics::Value;

constexpr Tags kGauge{.nature = Nature::Gauge}, kCounter{.nature = Nature::Counter};

/// A field that is one of the counters.
template <std::uint64_t InstanceCounters::* Member>
constexpr Field<InstanceSnapshot> counter(std::string_view name, std::string_view meaning) {
  return {{name, meaning, kCounter}, [](const InstanceSnapshot& of) { return u64(of.counters.*Member); }};
}

using C = InstanceCounters;
constexpr auto kFields = std::to_array<Field<InstanceSnapshot>>({
    {{"state", "0 init, 1 backup, 2 master, 3 fault", kGauge}, [](const InstanceSnapshot& of) { return u64(static_cast<std::uint64_t>(of.status.state)); }},
    {{"priority", "effective priority", kGauge}, [](const InstanceSnapshot& of) { return u64(of.status.effective_priority); }},
    {{"base_priority", "priority without weights", kGauge}, [](const InstanceSnapshot& of) { return u64(of.status.base_priority); }},
    {{"faults", "causes of fault", kGauge}, [](const InstanceSnapshot& of) { return u64(of.status.faults); }},
    {{"holds_addresses", "1 while the virtual addresses are here", kGauge}, [](const InstanceSnapshot& of) { return u64(of.holds_addresses ? 1 : 0); }},
    counter<&C::received>("adverts_received_total", "adverts accepted"),
    counter<&C::sent>("adverts_sent_total", "adverts sent"),
    counter<&C::became_master>("became_master_total", "transitions to master"),
    counter<&C::released_master>("released_master_total", "transitions from master"),
    counter<&C::priority_zero_received>("priority_zero_received_total", "resignations heard"),
    counter<&C::priority_zero_sent>("priority_zero_sent_total", "resignations sent"),
    counter<&C::length_errors>("length_errors_total", "adverts of a wrong length"),
    counter<&C::ttl_errors>("ttl_errors_total", "adverts with a wrong TTL or hop limit"),
    counter<&C::type_errors>("type_errors_total", "packets that are no adverts"),
    counter<&C::version_errors>("version_errors_total", "adverts of another version"),
    counter<&C::checksum_errors>("checksum_errors_total", "adverts with a wrong checksum"),
    counter<&C::interval_errors>("interval_errors_total", "adverts with another interval"),
    counter<&C::address_list_errors>("address_list_errors_total", "adverts with other addresses"),
    counter<&C::source_errors>("source_errors_total", "adverts from nobody we listen to"),
    counter<&C::invalid_auth_type>("auth_type_invalid_total", "adverts with an unknown authentication"),
    counter<&C::auth_mismatch>("auth_mismatch_total", "adverts with another authentication"),
    counter<&C::auth_failures>("auth_failures_total", "adverts with a wrong password or digest"),
    counter<&C::trailer_missing>("trailer_missing_total", "adverts that are not signed (auth_hmac)"),
    counter<&C::trailer_malformed>("trailer_malformed_total", "adverts with a broken signature (auth_hmac)"),
    counter<&C::trailer_unknown_key>("trailer_unknown_key_total", "adverts signed with an unknown key (auth_hmac)"),
    counter<&C::trailer_invalid>("trailer_invalid_total", "adverts with a wrong signature (auth_hmac)"),
    counter<&C::trailer_stale>("trailer_stale_total", "adverts outside the time window (auth_hmac)"),
    counter<&C::trailer_replay>("trailer_replay_total", "adverts heard before (auth_hmac)"),
});

}  // namespace

std::string prometheus_text(const Snapshot& snapshot) {
  std::vector<lib::metrics::LabelledRow> rows;
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) {
    const auto& conf = snapshot.config->instances[i];
    lib::metrics::LabelledRow row;
    row.labels = {{"instance", conf.name}, {"interface", conf.interface}, {"vrid", std::to_string(unsigned{conf.vrid})}};
    row.values = lib::metrics::read_all(kFields, snapshot.instances[i]);
    rows.push_back(std::move(row));
  }
  static constexpr auto kAbout = lib::metrics::descriptions_of(kFields);
  std::string out;
  lib::metrics::append_prometheus(out, "vrrpd_instance_", kAbout, rows);
  return out;
}

}  // namespace vrrpd::report
