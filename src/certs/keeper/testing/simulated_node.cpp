// See simulated_node.hpp.

#include "certs/keeper/testing/simulated_node.hpp"

#include "base/text.hpp"
#include "certs/keeper/whole_schema.hpp"
#include "certs/revocation/revocations.hpp"
#include "certs/revocation/schema.hpp"
#include "incidents/schema.hpp"
#include "testca/jose.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <stdexcept>

namespace carillon::certs::testing {
namespace {

constexpr auto kSchemaOfAll = whole_keeper_schema(incidents::kSchema, kRevocationSchema);
constexpr std::string_view kNewOrder = "/new-order";
constexpr std::string_view kRenewalInfo = "/renewal-info/";

/// Passes on to the production incidents, and tells what came.
class WitnessedIncidents final : public incidents::Incidents {
 public:
  WitnessedIncidents(std::unique_ptr<incidents::Incidents> real, Witness& witness) : real_{std::move(real)}, witness_{witness} {}
  Result<std::string> report(db::Session& session, const incidents::Report& report) override {
    auto id = real_->report(session, report);
    if (id) witness_.reported(report);
    return id;
  }
  Result<> solve(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how) override {
    auto solved = real_->solve(session, kind, subject, how);
    if (solved) witness_.solved(kind, subject);
    return solved;
  }
  Result<> acknowledge(const std::string& id, const std::string& by, Duration quiet) override { return real_->acknowledge(id, by, quiet); }
  Result<std::vector<incidents::Incident>> list(bool with_solved) override { return real_->list(with_solved); }
  Result<incidents::Incident> find(const std::string& id) override { return real_->find(id); }
  std::optional<Time> work() override { return real_->work(); }

 private:
  std::unique_ptr<incidents::Incidents> real_;
  Witness& witness_;
};

class RecordingChannel final : public notify::Channel {
 public:
  explicit RecordingChannel(Witness& witness) : witness_{witness} {}
  [[nodiscard]] std::string_view name() const noexcept override { return "mail"; }
  [[nodiscard]] notify::Delivery deliver(const notify::Message& message) override {
    witness_.delivered(message);
    return {notify::Outcome::delivered, "250 taken"};
  }

 private:
  Witness& witness_;
};

class NobodyElse final : public incidents::People {
 public:
  [[nodiscard]] std::vector<std::string> operators() override { return {"operators@example.org"}; }
  [[nodiscard]] std::vector<std::string> owners(const std::string&) override { return {}; }
};

std::string origin_of(const testca::Authority& ca) {
  constexpr std::string_view kDirectory = "directory";
  const auto url = ca.directory_url();
  return url.substr(0, url.size() - kDirectory.size());
}

template <class T>
T needed(Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().message);
  return std::move(*result);
}

}  // namespace

std::string revocation_list_url(const testca::Authority& ca) {
  return "http" + origin_of(ca).substr(std::string_view{"https"}.size()) + "crl";
}

class SimulatedNode::Transport final : public http::Outgoing {
 public:
  Transport(Ground& ground, int number) : ground_{ground}, number_{number} {}

  void arm(Moment moment, std::string request) { armed_ = {moment, std::move(request)}; }
  [[nodiscard]] bool armed() const noexcept { return armed_.has_value(); }
  void disarm() { armed_.reset(); }

  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    const bool polls = request.url.contains(kRenewalInfo);
    const bool dies = armed_ && !polls && request.url.contains(armed_->second);
    const auto moment = dies ? armed_->first : Moment::between;
    if (dies) armed_.reset();
    if (moment == Moment::before) throw Kill{};
    auto answer = exchanged(request);
    ground_.witness.exchanged(number_, !polls);
    if (request.url.ends_with(kNewOrder)) note(request, answer);
    if (moment == Moment::after) throw Kill{};
    return answer;
  }

 private:
  Result<http::OutgoingAnswer> exchanged(const http::OutgoingRequest& request) {
    for (auto* ca : ground_.cas) {
      if (request.url == revocation_list_url(*ca)) return http::OutgoingAnswer{.status = 200, .fields = {}, .body = ca->revocation_list()};
    }
    // An authority says of another one's address that nobody is there.
    return ground_.cas[request.url.starts_with(origin_of(*ground_.cas[0])) ? 0 : 1]->exchange(request);
  }

  void note(const http::OutgoingRequest& request, const Result<http::OutgoingAnswer>& answer) {
    const auto message = testca::read_message(request.body);
    if (!message) return;
    boost::system::error_code broken;
    const auto payload = boost::json::parse(message->payload, broken);
    if (broken || !payload.is_object()) return;
    Asked asked{.at = ground_.clock.now(),
                .node = number_,
                .account = message->key_id,
                .name = {},
                .replaces = payload.as_object().contains("replaces"),
                .status = answer ? answer->status : 0,
                .retry_after = {}};
    asked.name = payload.at("identifiers").at(0).at("value").as_string();
    if (answer) {
      if (const auto seconds = parse_number(answer->fields.get("Retry-After").value_or("")))
        asked.retry_after = std::chrono::seconds{*seconds};
      // Nonces are asked for again by the client itself: that is the same order.
      if (answer->body.contains("badNonce")) return;
    }
    ground_.witness.asked(asked);
  }

  Ground& ground_;
  int number_;
  std::optional<std::pair<Moment, std::string>> armed_;
};

/// What a crash takes away.
struct SimulatedNode::Running {
  Running(Ground& ground, Random& random, http::Outgoing& outgoing, int number)
      : channel{ground.witness},
        database{needed(db::Database::open(ground.database, kSchemaOfAll), "the database of a node")},
        incidents{incidents::make_incidents(*database, ground.clock, random, people,
                                            {.channels = {&channel},
                                             .channels_of = {},
                                             .machine = [] { return incidents::Stewardship{"machine@example.org", {}, {}}; },
                                             .origin = "https://pod.example.org",
                                             .link_key = std::string(32, 'k')}),
                  ground.witness},
        table{&board},
        revocations{{*database, outgoing, ground.clock}},
        keeper{World{.clock = ground.clock,
                     .random = random,
                     .database = *database,
                     .outgoing = outgoing,
                     .resolver = ground.net,
                     .prober = ground.prober,
                     .incidents = incidents,
                     .table = table,
                     .challenges = board,
                     .master = master,
                     .local_ca = nullptr,
                     .revocations = &revocations},
               settings_of(ground, number)},
        next_sending{ground.clock.now()} {}

  static KeeperSettings settings_of(const Ground& ground, int number) {
    auto settings = ground.settings;
    settings.node = number == 0 ? "a" : "b";
    return settings;
  }

  crypto::MasterKey master = crypto::MasterKey::of({1, 2, 3});
  RecordingChannel channel;
  NobodyElse people;
  std::unique_ptr<db::Database> database;
  WitnessedIncidents incidents;
  acme::ChallengeBoard board;
  CertificateTable table;
  Revocations revocations;
  Keeper keeper;
  std::optional<Time> next_sending;
};

SimulatedNode::SimulatedNode(Ground& ground, int number, std::uint64_t seed)
    : ground_{ground}, number_{number}, random_{seed}, transport_{std::make_unique<Transport>(ground, number)} {}
SimulatedNode::~SimulatedNode() = default;

void SimulatedNode::start() {
  running_ = std::make_unique<Running>(ground_, random_, *transport_, number_);
  ground_.prober.tables[static_cast<std::size_t>(number_)] = &running_->table;
  if (const auto started = running_->keeper.start(); !started)
    throw std::runtime_error("a keeper could not start: " + started.error().message);
}

void SimulatedNode::crash() {
  ground_.prober.tables[static_cast<std::size_t>(number_)] = nullptr;
  transport_->disarm();
  running_.reset();
}

bool SimulatedNode::on() const noexcept { return running_ != nullptr; }
void SimulatedNode::arm(Moment moment, std::string request) { transport_->arm(moment, std::move(request)); }
bool SimulatedNode::armed() const noexcept { return transport_->armed(); }
Keeper& SimulatedNode::keeper() { return running_->keeper; }
const CertificateTable& SimulatedNode::table() const { return running_->table; }
std::optional<std::string> SimulatedNode::proof(const std::string& token) const {
  return running_ ? running_->board.http_answer(token) : std::nullopt;
}
void SimulatedNode::send() { running_->next_sending = running_->incidents.work(); }
std::optional<Time> SimulatedNode::next_sending() const noexcept { return running_ ? running_->next_sending : std::nullopt; }
std::optional<Time> SimulatedNode::check_revocations() {
  running_->keeper.follow_revocations();
  const auto next = running_->revocations.work();
  running_->keeper.follow_revocations();
  return next;
}
Result<std::vector<incidents::Incident>> SimulatedNode::open_incidents() { return running_->incidents.list(false); }

}  // namespace carillon::certs::testing
