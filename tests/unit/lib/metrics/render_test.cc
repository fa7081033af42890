#include "lib/metrics/render.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace lib::metrics;

namespace {

struct Thing {
  std::string name;
  std::uint64_t hits;
  bool has_age;
};

Value name_of(const Thing& thing) { return text(thing.name); }
Value hits_of(const Thing& thing) { return u64(thing.hits); }
Value age_of(const Thing& thing) { return thing.has_age ? s32(-1) : empty_value(); }
Value load_of(const Thing&) {
  return tagged(real(0.25), {.origin = Origin::Metric, .nature = Nature::Average, .scope = Scope::Process});
}

constexpr auto kTable = std::to_array<Field<Thing>>({
    {{"name", "What it is called", {Origin::Key, Nature::Name, Scope::Service}}, name_of},
    {{"hits", "How often it was hit", {Origin::Metric, Nature::Counter, Scope::Process}}, hits_of},
    {{"age", "Seconds since", {Origin::Metric, Nature::Age, Scope::Process}}, age_of},
    {{"load now", "How busy", {Origin::Metric, Nature::Gauge, Scope::Process}}, load_of},
});
constexpr auto kAbout = descriptions_of(kTable);

std::vector<Value> values_of(const Thing& thing) { return read_all(kTable, thing); }

}  // namespace

TEST_CASE("CSV ends every cell with a comma and leaves out what makes no sense", "[metrics]") {
  std::string out;
  append_csv_header(out, kAbout);
  append_csv_row(out, values_of({"a", 7, false}));
  CHECK(out == "# name,hits,age,load now,\na,7,,0.25,\n");
}

TEST_CASE("CSV quotes text that would break the row", "[metrics]") {
  std::string out;
  append_csv_row(out, values_of({"a,\"b\"\nc", 1, true}));
  CHECK(out == "\"a,\"\"b\"\"\nc\",1,-1,0.25,\n");
}

TEST_CASE("typed lines tell position, tags and type, and skip empty values", "[metrics]") {
  std::string out;
  append_typed(out, "S.3.1.", kAbout, values_of({"a", 7, false}), Detail::Plain);
  CHECK(out ==
        "S.3.1.0.name.1:KNS:str:a\n"
        "S.3.1.1.hits.1:MCP:u64:7\n"
        "S.3.1.3.load now.1:MaP:flt:0.25\n");
}

TEST_CASE("the meaning of a field follows its value when asked for", "[metrics]") {
  std::string out;
  append_plain(out, kAbout, values_of({"a", 7, true}), Detail::WithMeaning);
  CHECK(out ==
        "name: a:\"What it is called\"\n"
        "hits: 7:\"How often it was hit\"\n"
        "age: -1:\"Seconds since\"\n"
        "load now: 0.25:\"How busy\"\n");
}

TEST_CASE("JSON can be read by a JSON reader whatever the text holds", "[metrics]") {
  const auto bytes = GENERATE(as<std::string>{}, "plain", "q\"uo\\te", std::string("nul\0tab\t\n", 9),
                              "caf\xc3\xa9", "\xff\xfe broken \xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                              "\xf0\x9f\x98\x80");
  std::string out;
  append_json(out, {"Server", 3, 1}, kAbout, values_of({bytes, 18446744073709551615ULL, true}));
  const auto parsed = nlohmann::json::parse(out, nullptr, false);
  REQUIRE(!parsed.is_discarded());
  REQUIRE(parsed.size() == 4);
  CHECK(parsed[0]["objType"] == "Server");
  CHECK(parsed[0]["tags"]["origin"] == "Key");
  CHECK(parsed[1]["value"]["value"] == 18446744073709551615ULL);
  CHECK(parsed[2]["field"]["pos"] == 2);
  if (bytes.find('\xff') == std::string::npos && bytes[0] != '\xed' && bytes[0] != '\xf4')
    CHECK(parsed[0]["value"]["value"] == bytes);
}

TEST_CASE("Prometheus output groups samples by field and knows numbers only", "[metrics]") {
  std::vector<LabelledRow> rows;
  rows.push_back({{{"proxy", "a\"b\\"}}, values_of({"x", 1, false})});
  rows.push_back({{{"proxy", "c"}}, values_of({"y", 2, true})});
  std::string out;
  append_prometheus(out, "p_", kAbout, rows);
  CHECK(out ==
        "# HELP p_hits How often it was hit\n# TYPE p_hits counter\n"
        "p_hits{proxy=\"a\\\"b\\\\\"} 1\np_hits{proxy=\"c\"} 2\n"
        "# HELP p_age Seconds since\n# TYPE p_age gauge\n"
        "p_age{proxy=\"c\"} -1\n"
        "# HELP p_load_now How busy\n# TYPE p_load_now gauge\n"
        "p_load_now{proxy=\"a\\\"b\\\\\"} 0.25\np_load_now{proxy=\"c\"} 0.25\n");
}

TEST_CASE("32-bit numbers stop at their highest value, real ones lose their trailing zeros", "[metrics]") {
  CHECK(u32(5'000'000'000).to_text() == "4294967295");
  CHECK(real(33.569262).to_text() == "33.569262");
  CHECK(real(100).to_text() == "100");
}
