// What a CA could answer, each kind by the first byte. What is accepted must be safe to go on with: addresses, tokens, times, sentences.

#include "acme/wire.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::acme;

constexpr std::string_view kDirectory = "https://ca.example/directory";

void require(bool condition) {
  if (!condition) std::abort();
}

void require_url(const std::string& url) {
  require(url.starts_with("https://") && url.size() <= wire::kLongestUrl && url.find_first_of("\r\n \"") == std::string::npos);
}
void require_url_or_nothing(const std::string& url) {
  if (!url.empty()) require_url(url);
}
void require_sentence(const std::string& sentence) {
  for (const char c : sentence) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

void directory(std::string_view bytes) {
  const auto read = wire::parse_directory(bytes, kDirectory);
  if (!read) return;
  for (const auto* url : {&read->new_nonce, &read->new_account, &read->new_order}) require_url(*url);
  for (const auto* url : {&read->revoke_certificate, &read->key_change, &read->renewal_info, &read->terms_of_service})
    require_url_or_nothing(*url);
  require(read->profiles.size() <= wire::kMaxProfiles && read->caa_identities.size() <= wire::kMaxCaaIdentities);
  for (const auto& [name, description] : read->profiles) require_sentence(name), require_sentence(description);
}

void order(std::string_view bytes) {
  const auto read = wire::parse_order(bytes, kDirectory);
  if (!read) return;
  require_url(read->finalize);
  require(!read->authorizations.empty() && read->authorizations.size() <= wire::kMaxAuthorizations);
  for (const auto& url : read->authorizations) require_url(url);
  require((read->status == Status::valid) == !read->certificate.empty());
  require_url_or_nothing(read->certificate);
  require_sentence(read->error);
}

void authorization(std::string_view bytes) {
  const auto read = wire::parse_authorization(bytes, kDirectory);
  if (!read) return;
  require(!read->name.empty() && read->challenges.size() <= wire::kMaxChallenges);
  require_sentence(read->name);
  for (const auto& challenge : read->challenges) {
    require_url(challenge.url);
    require(wire::is_base64url(challenge.token));
    require_sentence(challenge.error);
  }
}

void renewal_info(std::string_view bytes) {
  const auto read = wire::parse_renewal_info(bytes, {});
  if (!read) return;
  require(read->start < read->end);
  require_sentence(read->explanation);
}

void header_fields(std::string_view bytes) {
  for (const auto& url : wire::alternates_in(bytes, kDirectory)) require_url(url);
  if (const auto wait = wire::parse_retry_after(bytes, Time{})) require(*wait >= Duration{} && *wait <= wire::kLongestRetryAfter);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0]) {
    case 'd':
      directory(bytes);
      break;
    case 'o':
      order(bytes);
      break;
    case 'a':
      authorization(bytes);
      break;
    case 'r':
      renewal_info(bytes);
      break;
    case 'h':
      header_fields(bytes);
      break;
    case 's':
      static_cast<void>(wire::parse_account_status(bytes));
      break;
    default:
      require_sentence(wire::parse_problem(bytes).sentence);
      break;
  }
  return 0;
}
