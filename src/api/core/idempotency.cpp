// See idempotency.hpp.

#include "api/core/idempotency.hpp"

#include "api/core/answers.hpp"
#include "api/core/idempotency_queries.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// So much of a body is read before the handler runs. What is longer (recordings) is compared whole afterwards.
constexpr std::size_t kReadAhead = 1 << 20;
constexpr std::size_t kPiece = 64 * 1024;
constexpr ByteCount kLargestKept{256 * 1024};

/// A body whose beginning was read already, and whose digest is computed on the way.
class ComparedBody final : public http::IncomingBody {
 public:
  explicit ComparedBody(http::IncomingBody& body) : body_{body} {}

  /// Reads the beginning: all of it, when it is short.
  asio::awaitable<Result<>> read_ahead() {
    while (!ended_ && beginning_.size() < kReadAhead) {
      const auto before = beginning_.size();
      beginning_.resize(std::min(before + kPiece, kReadAhead));
      const auto got = co_await body_.read_some(std::as_writable_bytes(std::span{beginning_}).subspan(before));
      beginning_.resize(before + got.value_or(0));
      if (!got) co_return std::unexpected(got.error());
      ended_ = *got == 0;
    }
    digest_.update(as_bytes(beginning_));
    co_return Result<>{};
  }
  [[nodiscard]] const std::string& beginning() const noexcept { return beginning_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Reads what is left and drops it.
  asio::awaitable<Result<>> read_rest() {
    Bytes piece(kPiece);
    done_ = beginning_.size();
    while (!ended_) {
      if (const auto got = co_await read_some(piece); !got) co_return std::unexpected(got.error());
    }
    co_return Result<>{};
  }
  /// Of the whole body, once it has ended; "" before.
  [[nodiscard]] std::string digest() {
    if (ended_ && whole_.empty()) whole_ = digest_.finish().hex();
    return whole_;
  }

  [[nodiscard]] std::optional<ByteCount> length() const noexcept override { return body_.length(); }
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    if (done_ < beginning_.size()) {
      const auto size = std::min(into.size(), beginning_.size() - done_);
      std::copy_n(as_bytes(beginning_).begin() + static_cast<std::ptrdiff_t>(done_), size, into.begin());
      done_ += size;
      co_return size;
    }
    if (ended_) co_return std::size_t{0};
    const auto got = co_await body_.read_some(into);
    if (got) digest_.update(into.first(*got));
    ended_ = got && *got == 0;
    co_return got;
  }

 private:
  http::IncomingBody& body_;
  std::string beginning_;
  std::size_t done_ = 0;
  bool ended_ = false;
  crypto::Sha256 digest_;
  std::string whole_;
};

std::string name_of_person(const accounts::Caller& caller) { return caller.id().empty() ? caller.email() : caller.id(); }

/// A token may do less than its person: what the person was answered is not for it. Begins with the person.
std::string name_of_caller(const accounts::Caller& caller) {
  return name_of_person(caller) + (caller.token.empty() ? "" : " token " + caller.token);
}

/// What the caller is now: whoever may do less than at the first request, or more, is not answered as then.
std::string rights_of(const accounts::Caller& caller) {
  std::string rights = caller.is_operator() ? "operator" : "";
  for (const auto& [network, role] : caller.roles()) rights += ' ' + network + '=' + std::string(accounts::name_of(role));
  return rights;
}

/// What a sealed part of a row is bound to, so that none stands in for another.
std::string purpose_of(std::string_view part, std::string_view row) {
  return "idempotency: " + std::string(part) + " of " + std::string(row);
}

/// The answer as it was kept, opened; `corrupt` when it is not what was sealed for this row.
Result<queries::KeptAnswer> opened(const crypto::MasterKey& master, queries::KeptAnswer kept, const std::string& row) {
  for (const auto& [part, text] :
       {std::pair{"fingerprint", &kept.fingerprint}, std::pair{"fields", &kept.fields}, std::pair{"body", &kept.body}}) {
    if (text->empty()) continue;
    auto open = master.open_sealed(*text, purpose_of(part, row));
    if (!open) return forward_error(open);
    *text = std::move(*open);
  }
  return kept;
}

http::Response replayed(const queries::KeptAnswer& kept) {
  http::Response response{.status = kept.status};
  json::error_code wrong;
  const auto fields = json::parse(kept.fields, wrong);
  if (!wrong && fields.is_array()) {
    for (const auto& line : fields.as_array())
      response.fields.add(json::value_to<std::string>(line.at(0)), json::value_to<std::string>(line.at(1)));
  } else if (!wrong && fields.is_object()) {
    // As an earlier version kept them, for a day.
    for (const auto& [name, value] : fields.as_object()) {
      if (value.is_string()) response.fields.set(std::string_view{name}, std::string(value.as_string()));
    }
  }
  response.body = Body::of(kept.body);
  response.fields.set("Idempotency-Replayed", "true");
  return response;
}

}  // namespace

/// Ends what is under way when the handler is done, however.
class Idempotency::UnderWay {
 public:
  UnderWay(Idempotency& all, std::string name) : all_{all}, name_{std::move(name)} {
    const Lock lock{all_.mutex_};
    entered_ = all_.under_way_.insert(name_).second;
  }
  ~UnderWay() {
    if (!entered_) return;
    const Lock lock{all_.mutex_};
    all_.under_way_.erase(name_);
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  [[nodiscard]] bool entered() const noexcept { return entered_; }

 private:
  Idempotency& all_;
  std::string name_;
  bool entered_ = false;
};

asio::awaitable<http::Response> Idempotency::once(Asked& request, Handler handler) {
  const auto field = request.fields.get("Idempotency-Key");
  if (!field || !writes(request.method) || !request.caller.is_known()) co_return co_await handler(request);
  const std::string key(trimmed(*field));
  if (key.empty() || key.size() > kLongestIdempotencyKey || !is_utf8(key))
    co_return http::problem(400, "bad-idempotency-key",
                            "“Idempotency-Key” must be 1 to " + std::to_string(kLongestIdempotencyKey) + " bytes long.");
  const auto caller = name_of_caller(request.caller);
  const auto row = caller + '\n' + key;
  const UnderWay mine{*this, row};
  if (!mine.entered())
    co_return http::problem(409, "under-way", "The first request with this key is still running; try again in a moment.");

  // The body belongs to what was asked, however it is sent.
  ComparedBody compared{*request.body};
  if (const auto read = co_await compared.read_ahead(); !read) co_return http::problem(read.error());
  request.body = &compared;
  const auto length = request.body->length();
  const auto shape = std::string(http::name_of(request.method)) + ' ' + request.target + '\n' +
                     (compared.ended() || !length ? std::string{} : std::to_string(length->value)) + '\n' + rights_of(request.caller) +
                     '\n' + compared.beginning();
  const auto fingerprint = crypto::sha256(as_bytes(shape)).hex();
  const auto sealed = [&](std::string_view part, std::string_view text) { return master_.seal(text, purpose_of(part, row), random_); };

  const auto kept = co_await database_.write([&](db::Session& session) -> Result<std::optional<queries::KeptAnswer>> {
    auto found = queries::kept_answer(session, caller, key);
    // Sealed too: the digest of a short password could be guessed.
    if (found) return found;
    queries::make_room(session, name_of_person(request.caller), kMaxAnswersKept - 1, kMaxAnswerBytesKept);
    queries::begin_answer(session, caller, key, sealed("fingerprint", fingerprint), clock_.now());
    return found;
  });
  if (!kept) co_return http::problem(kept.error());
  if (*kept) {
    const auto first = opened(master_, **kept, row);
    bool same = first && first->fingerprint.starts_with(fingerprint);
    // Of a long body the rest counts, too, where the first one was read to its end.
    if (same && first->fingerprint.size() > fingerprint.size()) {
      if (const auto read = co_await compared.read_rest(); !read) co_return http::problem(read.error());
      same = first->fingerprint == fingerprint + compared.digest();
    }
    if (first && !same)
      co_return http::problem(422, "key-used",
                              "This key was already used for a different request, or your permissions have changed since its first use. "
                              "Use a new key for each new request.");
    if (!first || first->status == 0)
      co_return http::problem(409, "outcome-unknown",
                              "The server restarted during the first request with this key; check whether it took effect, then try again "
                              "with a new key.");
    co_return replayed(*first);
  }
  auto response = co_await handler(request);
  // What failed for a reason that passes may be tried again with the same key.
  const bool final = response.status < 500 && response.status != 401 && response.status != 429 && response.body.length() <= kLargestKept;
  const auto body = final ? whole(response.body) : Result<std::string>{std::string{}};
  const auto stored = co_await database_.write([&](db::Session& session) -> Result<> {
    if (!final || !body) {
      queries::drop_answer(session, caller, key);
      return {};
    }
    // A name may have several lines: Set-Cookie.
    json::array fields;
    for (const auto& line : response.fields.lines()) fields.push_back(json::array{line.name, line.value});
    queries::finish_answer(session, caller, key, sealed("fingerprint", fingerprint + compared.digest()), response.status,
                           sealed("fields", json_text(fields)), sealed("body", *body));
    return {};
  });
  if (!stored) co_return http::problem(stored.error());
  co_return response;
}

Result<> Idempotency::sweep_now() {
  const auto now = clock_.now();
  const auto before = now - kAnswersKept;
  return database_.write_now([&](db::Session& session) -> Result<> {
    queries::pull_answers_back_to(session, now);
    queries::drop_answers_before(session, before);
    return {};
  });
}

}  // namespace carillon::api
