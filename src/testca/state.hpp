#pragma once
// What an authority remembers. For the authority alone.

#include "testca/authority.hpp"
#include "testca/jose.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace carillon::testca {

enum class State { pending, ready, processing, valid, invalid, deactivated, expired };
[[nodiscard]] std::string_view name_of(State state) noexcept;

using Number = std::uint64_t;

struct Account {
  Number number = 0;
  PublicKey key;
  std::vector<std::string> contacts;
  State state = State::valid;
};

struct Challenge {
  std::string type;
  std::string token;
  State state = State::pending;
  std::optional<Time> validated;
  std::optional<Problem> error;
};

struct Authorization {
  Number number = 0;
  Number account = 0;
  std::string name;  ///< without "*."
  bool wildcard = false;
  State state = State::pending;
  Time expires;
  Time reusable_until;  ///< by another order of the same account
  std::vector<Challenge> challenges;
};

struct Order {
  Number number = 0;
  Number account = 0;
  std::vector<std::string> names;  ///< sorted
  std::string profile;
  std::string replaces;  ///< a valid one: the order is exempt from limits
  State state = State::pending;
  Time expires;
  std::vector<Number> authorizations;
  std::string public_key_der;  ///< of the signing request, until the certificate is made
  Number certificate = 0;
  std::optional<Problem> error;
};

struct Certificate {
  Number number = 0;
  Number account = 0;
  std::string identifier, serial, der, profile;
  std::vector<std::string> names;
  Time not_before;
  Time not_after;
  std::optional<Time> revoked_at;
  Number replaced_by = 0;  ///< the order that says so
  std::optional<RenewalAnswer> renewal;
};

/// Nonces that are out (RFC 8555 §6.5): each good once, the oldest forgotten first.
class Nonces {
 public:
  static constexpr std::size_t kMax = 20'000;
  [[nodiscard]] std::string make(Random& random);
  [[nodiscard]] bool take(const std::string& nonce) { return out_.erase(nonce) == 1; }
  void clear() { out_.clear(), order_.clear(); }

 private:
  std::unordered_set<std::string> out_;
  std::deque<std::string> order_;
};

/// All that forget_everything() forgets. Numbers go on, so that an old URL never means something new.
struct Memory {
  std::map<Number, Account> accounts;
  std::unordered_map<std::string, Number> account_by_key;  ///< by canonical JWK
  std::map<Number, Order> orders;
  std::map<Number, Authorization> authorizations;
  std::unordered_map<std::string, Number> reusable;  ///< "account name" → the newest authorization that was valid
  std::map<Number, Certificate> certificates;
  std::unordered_map<std::string, Number> certificate_by_identifier;
  Nonces nonces;
};

}  // namespace carillon::testca
