// See validators.hpp.

#include "testca/validators.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/ip/address.hpp"
#include "base/text.hpp"
#include "crypto/certificate.hpp"
#include "crypto/sha256.hpp"
#include "dns/resolver.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace carillon::testca {
namespace {

constexpr long kDeadlineSeconds = 10;
constexpr long kMaxRedirects = 10;
constexpr int kMaxAliases = 10;
constexpr std::size_t kLongestProof = 4096;
constexpr std::string_view kProtocol =
    "\x0a"
    "acme-tls/1";  // length and name, as ALPN writes it
/// id-pe-acmeIdentifier (RFC 8737 §3).
constexpr const char* kIdentifierExtension = "1.3.6.1.5.5.7.1.31";

using CurlHandle = std::unique_ptr<CURL, crypto::FreeWith<curl_easy_cleanup>>;
using ListHandle = std::unique_ptr<curl_slist, crypto::FreeWith<curl_slist_free_all>>;
using ObjectHandle = std::unique_ptr<ASN1_OBJECT, crypto::FreeWith<ASN1_OBJECT_free>>;

std::size_t collect(const char* bytes, std::size_t, std::size_t count, void* target) {
  auto& text = *static_cast<std::string*>(target);
  if (text.size() + count > kLongestProof) return 0;
  text.append(bytes, count);
  return count;
}

std::unexpected<Error> connection(std::string detail) { return fail(ErrorKind::unavailable, std::move(detail), "connection"); }
std::unexpected<Error> unauthorized(std::string detail) { return fail(ErrorKind::refused, std::move(detail), "unauthorized"); }

/// What the proof's certificate must hold: OCTET STRING of the digest, DER.
std::string expected_extension(const std::string& key_authorization) {
  return std::string("\x04\x20") + std::string(as_text(crypto::sha256(as_bytes(key_authorization)).bytes));
}

Result<> check_certificate(X509* native, const Validation& validation) {
  X509_up_ref(native);
  const crypto::Certificate certificate{crypto::X509Handle{native}};
  if (certificate.names() != std::vector{validation.name})
    return unauthorized("The certificate for " + validation.name + " doesn't contain exactly that name.");
  const ObjectHandle wanted{OBJ_txt2obj(kIdentifierExtension, 1)};
  const int at = X509_get_ext_by_OBJ(native, wanted.get(), -1);
  if (at < 0) return unauthorized("The certificate for " + validation.name + " has no acmeIdentifier.");
  auto* extension = X509_get_ext(native, at);
  const auto* value = X509_EXTENSION_get_data(extension);
  const std::string_view bytes{reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                               static_cast<std::size_t>(ASN1_STRING_length(value))};
  if (X509_EXTENSION_get_critical(extension) != 1) return unauthorized("The acmeIdentifier of " + validation.name + " isn't critical.");
  if (bytes != expected_extension(validation.key_authorization))
    return unauthorized("The acmeIdentifier of " + validation.name + " is for a different key authorization.");
  return {};
}

}  // namespace

Result<> prove_over_http(const Validation& validation, const ProvingGround& ground) {
  const CurlHandle curl{curl_easy_init()};
  if (!curl) return fail(ErrorKind::internal, "libcurl could not be initialized.");
  const bool six = validation.name.contains(':');
  const auto url = "http://" + (six ? "[" + validation.name + "]" : validation.name) + "/.well-known/acme-challenge/" + validation.token;
  // Every port 80 is the plain port, every port 443 the TLS port, whatever the host.
  const auto plain = ":80:" + ground.address + ":" + std::to_string(ground.http_port);
  const auto secure = ":443:" + ground.address + ":" + std::to_string(ground.tls_port);
  ListHandle places{curl_slist_append(nullptr, plain.c_str())};
  curl_slist_append(places.get(), secure.c_str());
  std::string body;
  auto* handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, places.get());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, kDeadlineSeconds);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMaxRedirects);
  // RFC 8555 §8.3 lets certificates of redirects go unchecked: proving control is what this is for.
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
  if (const auto code = curl_easy_perform(handle); code != CURLE_OK)
    return connection("Fetching " + url + " failed: " + curl_easy_strerror(code) + ".");
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return unauthorized(url + " answered " + std::to_string(status) + ".");
  if (trimmed(body) != validation.key_authorization) return unauthorized(url + " doesn't contain the key authorization.");
  return {};
}

/// RFC 8738 §6: an address is requested by its name in the reverse tree (RFC 1034 §5.2.1, RFC 3596 §2.5).
std::string server_name_of(const std::string& name) {
  const auto address = IpAddress::parse(name);
  if (!address) return name;
  std::string reverse;
  for (const auto byte : std::views::reverse(address->bytes())) {
    if (address->is_v4())
      reverse += std::to_string(byte) + ".";
    else
      reverse += fmt::format("{:x}.{:x}.", byte & 0xf, byte >> 4);
  }
  return reverse + (address->is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

Result<> prove_over_tls(const Validation& validation, const ProvingGround& ground) {
  const auto failed = [&](std::string_view what) {
    return connection("The TLS handshake with " + validation.name + " failed (" + std::string(what) + "): " + crypto::openssl_reason() +
                      ".");
  };
  const crypto::SslContextHandle context{SSL_CTX_new(TLS_client_method())};
  if (!context) return failed("set-up");
  const auto place = ground.address + ":" + std::to_string(ground.tls_port);
  crypto::BioHandle chain{BIO_new_ssl_connect(context.get())};
  SSL* ssl = nullptr;
  if (!chain || BIO_get_ssl(chain.get(), &ssl) != 1 || ssl == nullptr) return failed("set-up");
  BIO_set_conn_hostname(chain.get(), place.c_str());
  SSL_set_tlsext_host_name(ssl, server_name_of(validation.name).c_str());
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(kProtocol.data()), static_cast<unsigned>(kProtocol.size()));
  // The TCP connection first, so that the handshake's reads have a deadline.
  auto* socket_part = BIO_next(chain.get());
  if (BIO_do_connect(socket_part) != 1) return failed("connection");
  int descriptor = -1;
  BIO_get_fd(socket_part, &descriptor);
  const timeval deadline{.tv_sec = kDeadlineSeconds, .tv_usec = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
  if (BIO_do_handshake(chain.get()) != 1) return failed("handshake");
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &chosen, &length);
  if (std::string_view{reinterpret_cast<const char*>(chosen), length} != kProtocol.substr(1))
    return unauthorized(validation.name + " didn't choose acme-tls/1.");
  auto* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return unauthorized(validation.name + " served no certificate.");
  return check_certificate(certificate, validation);
}

Result<> prove_in_dns(const Validation& validation, const ProvingGround& ground) {
  if (ground.name_servers.empty()) return fail(ErrorKind::refused, "This authority has no name server to ask.", "dns");
  const auto record = "_acme-challenge." + validation.name;
  const auto expected = to_base64url(crypto::sha256(as_bytes(validation.key_authorization)).bytes);
  for (const auto& server : ground.name_servers) {
    const auto resolver = dns::make_resolver({server});
    if (!resolver) return std::unexpected(resolver.error());
    auto place = record;
    for (int step = 0; step < kMaxAliases; ++step) {
      const auto alias = (*resolver)->alias(place);
      if (!alias) break;
      place = *alias;
    }
    const auto texts = (*resolver)->txt(place);
    if (!texts) return fail(ErrorKind::refused, "At " + server + ": " + texts.error().message, "dns");
    if (std::ranges::find(*texts, expected) == texts->end())
      return unauthorized("None of the " + std::to_string(texts->size()) + " TXT records of " + record + " at " + server +
                          " is the right one.");
  }
  return {};
}

Result<> prove_with_standing_record(const Validation& validation, const ProvingGround& ground) {
  if (ground.name_servers.empty()) return fail(ErrorKind::refused, "This authority has no name server to ask.", "dns");
  const auto record = "_validation-persist." + validation.name;
  for (const auto& server : ground.name_servers) {
    const auto resolver = dns::make_resolver({server});
    if (!resolver) return std::unexpected(resolver.error());
    const auto texts = (*resolver)->txt(record);
    if (!texts) return fail(ErrorKind::refused, "At " + server + ": " + texts.error().message, "dns");
    // Written apart from the client's reader, so that both can't have the same mistake.
    const bool permits = std::ranges::any_of(*texts, [&](const std::string& text) {
      const auto parts = split(text, ';');
      if (std::ranges::find(validation.issuer_domains, trimmed(parts.front())) == validation.issuer_domains.end()) return false;
      bool account = false, wildcard = !validation.wildcard, in_time = true;
      for (const auto part : parts | std::views::drop(1)) {
        const auto one = trimmed(part);
        account = account || one == "accounturi=" + validation.account;
        wildcard = wildcard || lower_ascii(one) == "policy=wildcard";
        constexpr std::string_view kUntil = "persistUntil=";
        if (one.starts_with(kUntil)) {
          const auto until = parse_number(one.substr(kUntil.size()));
          in_time = until && std::cmp_greater(*until, std::time(nullptr));
        }
      }
      return account && wildcard && in_time;
    });
    if (!permits)
      return unauthorized("None of the " + std::to_string(texts->size()) + " TXT records of " + record + " at " + server +
                          " permits this account.");
  }
  return {};
}

Result<> prove(const Validation& validation, const ProvingGround& ground) {
  if (validation.type == "http-01") return prove_over_http(validation, ground);
  if (validation.type == "tls-alpn-01") return prove_over_tls(validation, ground);
  if (validation.type == "dns-persist-01") return prove_with_standing_record(validation, ground);
  return prove_in_dns(validation, ground);
}

}  // namespace carillon::testca
