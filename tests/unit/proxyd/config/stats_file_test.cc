#include "proxyd/config/stats_file.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>


namespace proxyd::config {
namespace {

/// The faults of a file, as "line: what".
std::vector<std::string> faults_of(const std::string& text) {
  std::vector<std::string> all;
  for (const StatsFault& each : read_stats_file(text).faults) all.push_back(std::to_string(each.line) + ": " + each.what);
  return all;
}

using Texts = std::vector<std::string>;

TEST_CASE("a stats file is counters by GUID, frontends and backends apart", "[stats_file]") {
  const std::string text = "#fe guid,stot,bin\nfe-1,5,600\n#be guid,bin,stot\nbe-1,7,8\nfe-1,9,10\n";
  const StatsFile file = read_stats_file(text);
  CHECK(file.faults.empty());
  REQUIRE(file.front.size() == 1);
  CHECK(file.front.at("fe-1")[KeptColumn::Stot] == 5U);
  CHECK(file.front.at("fe-1")[KeptColumn::Bin] == 600U);
  CHECK(file.front.at("fe-1")[KeptColumn::Bout] == std::nullopt);
  REQUIRE(file.back.size() == 2);
  CHECK(file.back.at("be-1")[KeptColumn::Stot] == 8U);
  CHECK(file.back.at("fe-1")[KeptColumn::Bin] == 9U);
}

TEST_CASE("columns that nobody here knows are passed over", "[stats_file]") {
  // "econ" is no column of frontends
  const std::string text = "#fe guid,h3req,stot,econ,\nfe-1,no number,5,x,\n#be guid\nbe-1\n";
  const StatsFile file = read_stats_file(text);
  CHECK(file.faults.empty());
  CHECK(file.front.at("fe-1")[KeptColumn::Stot] == 5U);
  CHECK(file.front.at("fe-1")[KeptColumn::Econ] == std::nullopt);
  CHECK(file.back.at("be-1") == KeptCounters{});
}

TEST_CASE("blank lines, comments and ends of lines of other systems do no harm", "[stats_file]") {
  CHECK(faults_of("").empty());
  CHECK(faults_of("\n\n// hello, world\n").empty());
  const std::string text = "#fe guid,stot\r\n\r\nfe-1,5\r\n";
  CHECK(read_stats_file(text).front.at("fe-1")[KeptColumn::Stot] == 5U);
}

TEST_CASE("what is empty says nothing, and the later line counts", "[stats_file]") {
  const std::string text = "#be guid,stot,bin,lastsess\na,5,,-1\na,,7,\na,6,,9\n";
  const StatsFile file = read_stats_file(text);
  CHECK(file.faults.empty());
  const KeptCounters& kept = file.back.at("a");
  CHECK(kept[KeptColumn::Stot] == 6U);
  CHECK(kept[KeptColumn::Bin] == 7U);
  CHECK(kept[KeptColumn::Lastsess] == 9U);
}

TEST_CASE("a broken line is told with its number, and the others count", "[stats_file]") {
  const std::string text = "#fe guid,stot,bin\na,1,x\nb,1\nc,1,2,3\nd!,1,2\n,1,2\ne,-1,2\nf,18446744073709551616,2\ng, 1,2\nok,1,2\n";
  CHECK(faults_of(text) == Texts{"2: 'x' is not a number ('bin')", "3: 2 columns where the header has 3", "4: 4 columns where the header has 3",
                                 "5: character '!' is not permitted in GUID 'd!': only letters, digits and '.:_-' are", "6: missing GUID",
                                 "7: '-1' is not a number ('stot')", "8: '18446744073709551616' is not a number ('stot')", "9: ' 1' is not a number ('stot')"});
  const StatsFile file = read_stats_file(text);
  REQUIRE(file.front.size() == 1);
  CHECK(file.front.at("ok")[KeptColumn::Bin] == 2U);
}

TEST_CASE("without a header that is understood, lines are not read", "[stats_file]") {
  CHECK(faults_of("a,1\n") == Texts{"1: values before the first header ('#fe guid,...' or '#be guid,...')"});
  CHECK(faults_of("#xx guid,stot\na,1\nb,1\n") == Texts{"1: '#fe' or '#be' is expected, not 'xx guid,stot': the lines below are not read"});
  CHECK(faults_of("#fe stot,guid\na,1\n#fe\nb\n") == Texts{"1: 'guid' has to be the first column of '#fe': the lines below are not read",
                                                            "3: 'guid' has to be the first column of '#fe': the lines below are not read"});
  const std::string text = "#fe nonsense\na,1\n#be guid,stot\na,2\n";
  const StatsFile file = read_stats_file(text);
  CHECK(file.front.empty());
  CHECK(file.back.at("a")[KeptColumn::Stot] == 2U);
}

TEST_CASE("a file that was cut off keeps its whole lines", "[stats_file]") {
  const std::string text = "#fe guid,stot\na,1\nb,23";
  CHECK(faults_of(text) == Texts{"3: the file ends within this line"});
  CHECK(read_stats_file(text).front.contains("a"));
  CHECK_FALSE(read_stats_file(text).front.contains("b"));
}

TEST_CASE("of many broken lines the first ten are told", "[stats_file]") {
  std::string text = "#fe guid,stot\n";
  for (int i = 0; i < 25; ++i) text += "a,x\n";
  const StatsFile file = read_stats_file(text);
  CHECK(file.faults.size() == 10);
  CHECK(file.more_faults == 15);
}

TEST_CASE("what a file says is told without what terminals would obey, and not at any length", "[stats_file]") {
  CHECK(faults_of("#fe guid,stot\na,\x1b[31m\n") == Texts{"2: '?[31m' is not a number ('stot')"});
  CHECK(faults_of("#fe guid,stot\na," + std::string(1000, 'x') + "\n") == Texts{"2: '" + std::string(40, 'x') + "...' is not a number ('stot')"});
}

TEST_CASE("names of columns are there once", "[stats_file]") {
  std::set<std::string_view> seen;
  for (const KeptName& each : kept_names()) {
    CHECK(seen.insert(each.name).second);
    CHECK((each.of_front || each.of_back));
  }
}

TEST_CASE("a GUID is up to 127 letters, digits, dots, colons, dashes and underscores", "[stats_file]") {
  for (const std::string& good : {std::string{"a"}, std::string{"Web.front:1_x-2"}, std::string(127, 'g')}) CHECK(fault_of_guid(good).empty());
  for (const std::string& bad : {std::string{}, std::string{"a b"}, std::string{"a/b"}, std::string{"a,b"}, std::string{"\xc3\xa4"}, std::string(128, 'g')})
    CHECK_FALSE(fault_of_guid(bad).empty());
}

}  // namespace
}  // namespace proxyd::config
