#pragma once
// The inside of the authority: one object, its parts in several files (accounts, orders, authorizations, certificates). For the authority
// alone.

#include "testca/issuing.hpp"
#include "testca/state.hpp"

#include <boost/json/object.hpp>

#include <mutex>
#include <span>

namespace carillon::testca {

/// One request on its way through.
struct Call {
  const http::OutgoingRequest& request;
  RequestKind kind = RequestKind::any;
  std::vector<std::string_view> parts;  ///< of the path: "order", "7", "finalize"
  Time now;
  Message message{};
  std::optional<PublicKey> key{};  ///< who signed, when the message brought its key along
  Account* account = nullptr;      ///< who signed, when the message named its account
};
using Reply = Outcome<http::OutgoingAnswer>;

/// Something that happens by itself when its time has come.
struct Event {
  enum class Kind { validate, issue, spoil };
  Kind kind = Kind::validate;
  Number number = 0;  ///< of the authorization or the order
  std::size_t challenge = 0;
};

/// Every function but settle() and run_validation() wants the lock held.
struct Authority::Impl {
  Impl(const Clock& clock_given, Random& random_given, Validator validator_given, Settings settings_given, Issuing issuing_given);

  // authority.cpp
  Delivery deliver(const http::OutgoingRequest& request);
  Reply answer(Call& call);
  void settle();
  void sweep(Time now);
  [[nodiscard]] http::OutgoingAnswer directory() const;

  // admission.cpp
  Outcome<void> admit(Call& call);
  [[nodiscard]] std::vector<std::string> names_about(const Call& call) const;
  std::optional<Delivery> struck_down(const Call& call, std::span<const std::string> names);
  void spoil_answer(const Call& call, std::span<const std::string> names, Delivery& delivery);

  // accounts.cpp
  Reply new_account(Call& call);
  Reply account(Call& call);
  Reply key_change(Call& call);
  Outcome<void> check_external_account(const Call& call, const boost::json::object& payload) const;
  [[nodiscard]] http::OutgoingAnswer account_answer(int status, const Account& account) const;

  // orders.cpp
  Reply new_order(Call& call);
  Reply order(Call& call);
  Reply finalize(Call& call);
  [[nodiscard]] Outcome<std::vector<std::string>> names_wanted(const boost::json::object& payload, const std::string& profile) const;
  Outcome<void> check_replaces(const Call& call, const std::string& identifier, const std::vector<std::string>& names);
  [[nodiscard]] std::optional<Problem> over_limits(const Account& account, const std::vector<std::string>& names, Time now) const;
  void refresh(Order& order, Time now);
  [[nodiscard]] http::OutgoingAnswer order_answer(int status, const Order& order) const;
  void issue(Number order_number, Time now);

  // authorizations.cpp
  Reply authorization(Call& call);
  Reply challenge(Call& call);
  Number authorization_for(const Account& account, const std::string& name, Time now);
  void run_validation(const Event& event, unsigned forgotten);
  void conclude(Authorization& authorization, Challenge& challenge, const Result<>& verdict);
  [[nodiscard]] boost::json::object challenge_document(const Authorization& authorization, const Challenge& challenge) const;

  // certificates.cpp
  Reply certificate(Call& call);
  Reply revoke(Call& call);
  Reply renewal_info(Call& call);
  void revoke_now(Certificate& certificate, Time now);

  // What the parts share.
  [[nodiscard]] std::string url(std::string_view resource, Number number) const;
  [[nodiscard]] std::string random_text(std::size_t bytes);
  void note(LedgerEntry entry) { ledger.push_back(std::move(entry)); }
  [[nodiscard]] std::string domain_of(std::string_view name) const;
  /// The entry of `map` that the path's number means, if it belongs to the caller.
  template <class Entry>
  Outcome<Entry*> own(std::map<Number, Entry>& map, const Call& call) const {
    const auto number = number_in(call);
    const auto found = number ? map.find(*number) : map.end();
    if (found == map.end()) return problem(404, "malformed", "There is nothing at " + call.request.url + ".");
    if (found->second.account != call.account->number)
      return problem(403, "unauthorized", call.request.url + " belongs to another account.");
    return &found->second;
  }
  [[nodiscard]] static std::optional<Number> number_in(const Call& call);

  const Clock& clock;
  Random& random;
  Validator validator;
  Settings settings;
  const Issuing issuing;
  std::function<void(Duration, std::function<void()>)> runner;

  mutable std::mutex mutex;
  Memory memory;
  unsigned forgotten = 0;  ///< how often; a validation that was under way then concerns nobody
  Buckets buckets;
  Faults faults;
  std::deque<LedgerEntry> ledger;
  std::multimap<Time, Event> events;
  std::array<std::uint64_t, kRequestKinds> requests{};
  Number next = 1;
  std::uint64_t exchanges = 0;
};

/// A JSON document as an answer.
[[nodiscard]] http::OutgoingAnswer json_answer(int status, const boost::json::object& document);
/// Must be the empty payload of a POST-as-GET (RFC 8555 §6.3).
[[nodiscard]] Outcome<void> must_be_empty(const Call& call);

// Keys of the buckets; the letter in front keeps the four kinds apart.
[[nodiscard]] std::string orders_key(Number account);
[[nodiscard]] std::string failures_key(Number account, const std::string& name);
[[nodiscard]] std::string domain_key(const std::string& domain);
[[nodiscard]] std::string names_key(const std::vector<std::string>& names);

}  // namespace carillon::testca
