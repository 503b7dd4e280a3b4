// See smtp.hpp.

#include "notify/smtp.hpp"

#include "base/foreign/masking.hpp"
#include "base/text.hpp"
#include "notify/mail_format.hpp"
#include "notify/smtp_dialogue.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace carillon::notify {
namespace {

constexpr long kConnectMilliseconds = 10'000;

struct FreeCurl {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeCurl>;
using List = std::unique_ptr<curl_slist, FreeList>;

std::size_t give_mail(char* into, std::size_t size, std::size_t count, void* source) {
  auto& rest = *static_cast<std::string_view*>(source);
  const auto length = std::min(size * count, rest.size());
  std::memcpy(into, rest.data(), length);
  rest.remove_prefix(length);
  return length;
}

/// The only way to hear both sides. What we send holds the password while logging in: SmtpDialogue keeps none of it.
int listen(CURL* /*handle*/, curl_infotype kind, char* bytes, std::size_t length, void* target) {
  auto& dialogue = *static_cast<SmtpDialogue*>(target);
  if (kind == CURLINFO_HEADER_OUT) dialogue.sent({bytes, length});
  if (kind == CURLINFO_HEADER_IN) dialogue.received({bytes, length});
  return 0;
}

std::size_t ignore_answer(char* /*bytes*/, std::size_t size, std::size_t count, void* /*target*/) { return size * count; }

SmtpEnding ending_of(CURLcode code) noexcept {
  switch (code) {
    case CURLE_OK:
      return SmtpEnding::complete;
    case CURLE_LOGIN_DENIED:
      return SmtpEnding::no_login;
    case CURLE_USE_SSL_FAILED:
      return SmtpEnding::no_encryption;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return SmtpEnding::not_trusted;
    default:
      return SmtpEnding::broken;
  }
}

class SmtpChannel final : public Channel {
 public:
  SmtpChannel(SmtpSettings settings, Mailbox from) : settings_{std::move(settings)}, from_{std::move(from)} {
    const bool is_v6 = settings_.host.contains(':');
    // What follows the host is how we introduce ourselves (EHLO).
    url_ = std::string(settings_.security == SmtpSecurity::tls ? "smtps://" : "smtp://") +
           (is_v6 ? "[" + settings_.host + "]" : settings_.host) + ":" + std::to_string(settings_.port) + "/" +
           from_.address.substr(from_.address.find('@') + 1);
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "smtp"; }

  [[nodiscard]] Delivery deliver(const Message& message) override {
    const auto mail = mail_of(message, from_);
    if (!mail) return {Outcome::refused, mail.error().message};
    const Handle handle{curl_easy_init()};
    const List recipient{curl_slist_append(nullptr, ("<" + message.to + ">").c_str())};
    if (!handle || !recipient) throw std::runtime_error("libcurl could not be initialized");
    auto* curl = handle.get();
    set_connection(curl);
    SmtpDialogue dialogue;
    std::string_view rest = *mail;
    std::array<char, CURL_ERROR_SIZE> trouble{};
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + from_.address + ">").c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipient.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_mail);
    curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_answer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, ignore_answer);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &dialogue);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, trouble.data());
    const auto code = curl_easy_perform(curl);
    const std::string_view words{trouble.data()};
    const auto where = settings_.host + ":" + std::to_string(settings_.port) + ": ";
    auto delivery = judged(ending_of(code), dialogue, where + (words.empty() ? curl_easy_strerror(code) : std::string(words)));
    delivery.detail = Mask{{settings_.password}}.masked(delivery.detail);  // a server may repeat what it was sent
    return delivery;
  }

 private:
  void set_connection(CURL* curl) const {
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");  // a proxy for the web in the environment is none for mail
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.deadline.count()));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, std::min(kConnectMilliseconds, static_cast<long>(settings_.deadline.count())));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (settings_.security == SmtpSecurity::starttls) curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!settings_.ca_file.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca_file.c_str());
      curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    }
    if (!settings_.user.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.password.c_str());
    }
  }

  SmtpSettings settings_;
  Mailbox from_;
  std::string url_;
};

}  // namespace

Result<std::unique_ptr<Channel>> make_smtp_channel(SmtpSettings settings) {
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
  };
  if (settings.host.empty() || !std::ranges::all_of(settings.host, belongs))
    return fail(ErrorKind::invalid, "“" + settings.host + "” isn't the name or address of a mail server.", "notify.smtp.host");
  auto from = parse_mailbox(settings.from);
  if (!from) return fail(ErrorKind::invalid, from.error().message, "notify.smtp.from");
  return std::make_unique<SmtpChannel>(std::move(settings), std::move(*from));
}

}  // namespace carillon::notify
