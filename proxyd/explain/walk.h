// The way of one request or relay, walked without sending anything: each station is told as it is passed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxyd/session/local_answer.h"
#include "proxyd/session/stations.h"

namespace proxyd::explain {

/// Walks one stream through the rules. Lines are added to `out` in the order of the way.
class Walk final : public rules::Observer {
 public:
  /// `http`: the same stream, where it is a request; null for a relay.
  Walk(session::Stream& stream, session::HttpStream* http, std::string& out);
  ~Walk() override;

  /// False: it ends here, which has been told.
  bool pass_connection();
  bool pass_front();
  bool choose_backend();
  bool pass_back();
  /// What the server gets, and whom persistence names. A relay has only the latter.
  bool prepare_request();
  bool choose_server();
  /// A relay's rules on what the server says need its words: they are only listed for requests.
  void pass_response();
  void show_timers();
  void show_log_line();

  // rules::Observer
  void saw(const rules::Rule& rule, bool held, rules::Flow flow, samples::Context& context) override;
  void saw_choice(const rules::Choice& choice, std::string_view result, samples::Context& context) override;

 private:
  bool pass_way(const config::Proxy& conf, session::Side side);
  bool pass_station(const config::Proxy& conf, session::Side side, session::Station station);
  bool run(const rules::RuleList& list, samples::Place place);
  void line(std::string_view place, std::string_view text, std::string_view result);
  /// The page for a status, and why it is sent. False, for callers that end with it.
  bool answer(int status, std::string_view why);
  void show_answer(std::string_view raw, std::string_view why);
  std::string reason_for(const servers::PickKey& key) const;

  session::Stream& stream_;
  session::HttpStream* http_;
  std::string& out_;
  std::optional<session::LocalAnswer> answer_;  // the log may look into it
};

}  // namespace proxyd::explain
