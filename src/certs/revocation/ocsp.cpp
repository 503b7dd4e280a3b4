// See ocsp.hpp.

#include "certs/revocation/ocsp.hpp"

#include "base/spoken_time.hpp"
#include "certs/revocation/revocation_list.hpp"
#include "crypto/handles.hpp"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <ctime>

namespace carillon::certs {
namespace {

using RequestHandle = std::unique_ptr<OCSP_REQUEST, crypto::FreeWith<OCSP_REQUEST_free>>;
using ResponseHandle = std::unique_ptr<OCSP_RESPONSE, crypto::FreeWith<OCSP_RESPONSE_free>>;
using BasicHandle = std::unique_ptr<OCSP_BASICRESP, crypto::FreeWith<OCSP_BASICRESP_free>>;
using IdHandle = std::unique_ptr<OCSP_CERTID, crypto::FreeWith<OCSP_CERTID_free>>;
inline void free_texts(STACK_OF(OPENSSL_STRING) * texts) noexcept { X509_email_free(texts); }
using TextsHandle = std::unique_ptr<STACK_OF(OPENSSL_STRING), crypto::FreeWith<free_texts>>;

RevocationAnswer unknown(std::string problem) { return {.status = RevocationStatus::unknown, .problem = std::move(problem)}; }

std::optional<Time> time_of(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Time{std::chrono::seconds{::timegm(&parts)}};
}

bool is_signed_by_right_one(OCSP_BASICRESP& answer, const crypto::Certificate& issuer, Time now) {
  const crypto::StoreHandle store{X509_STORE_new()};
  const crypto::BorrowedStackHandle others{sk_X509_new_null()};
  if (!store || !others || X509_STORE_add_cert(store.get(), issuer.native()) != 1) return false;
  sk_X509_push(others.get(), issuer.native());
  auto* parameters = X509_STORE_get0_param(store.get());
  // Only the issuer is trusted here; whether clients trust it doesn't matter.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  return OCSP_basic_verify(&answer, others.get(), store.get(), 0) == 1;
}

RevocationAnswer evaluate(std::string_view der, const crypto::Certificate& leaf, const crypto::Certificate& issuer, Time now) {
  auto cursor = reinterpret_cast<const unsigned char*>(der.data());
  const ResponseHandle response{d2i_OCSP_RESPONSE(nullptr, &cursor, static_cast<long>(der.size()))};
  if (!response) return unknown("There is no OCSP response at this address.");
  if (const int status = OCSP_response_status(response.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return unknown("The OCSP responder refuses to answer (" + std::string(OCSP_response_status_str(status)) + ").");
  const BasicHandle basic{OCSP_response_get1_basic(response.get())};
  if (!basic) return unknown("There is no OCSP response at this address.");
  if (!is_signed_by_right_one(*basic, issuer, now)) return unknown("The OCSP response isn't signed by the certificate's CA.");
  // The responder may have named the certificate with another digest than we did.
  int status = 0, reason = 0;
  ASN1_GENERALIZEDTIME *revoked = nullptr, *this_update = nullptr, *next_update = nullptr;
  bool found = false;
  for (const auto* digest : {EVP_sha1(), EVP_sha256()}) {
    const IdHandle id{OCSP_cert_to_id(digest, leaf.native(), issuer.native())};
    found = id && OCSP_resp_find_status(basic.get(), id.get(), &status, &reason, &revoked, &this_update, &next_update) == 1;
    if (found) break;
  }
  if (!found) return unknown("The OCSP response is about a different certificate.");
  const auto from = time_of(this_update);
  if (!from) return unknown("The OCSP response has no date.");
  const auto until = time_of(next_update).value_or(*from + kUndatedOcspLife);
  if (*from > now + kListClockSkew) return unknown("The OCSP response is dated in the future, " + moment_text(*from) + ".");
  if (until + kListClockSkew <= now)
    return unknown("The OCSP response is out of date: the next one was due on " + moment_text(until) + ".");
  if (status == V_OCSP_CERTSTATUS_GOOD) return {.status = RevocationStatus::good};
  if (status == V_OCSP_CERTSTATUS_REVOKED)
    return {.status = RevocationStatus::revoked, .revoked_at = time_of(revoked), .reason = reason < 0 ? 0 : reason};
  return unknown("The OCSP responder doesn't know the certificate.");
}

}  // namespace

std::vector<std::string> responder_urls(const crypto::Certificate& certificate) {
  std::vector<std::string> urls;
  const TextsHandle texts{X509_get1_ocsp(certificate.native())};
  for (int i = 0; texts && i < sk_OPENSSL_STRING_num(texts.get()); ++i) {
    const std::string url = sk_OPENSSL_STRING_value(texts.get(), i);
    if (url.starts_with("http://")) urls.push_back(url);
  }
  ERR_clear_error();
  return urls;
}

Result<std::string> ocsp_request(const crypto::Certificate& leaf, const crypto::Certificate& issuer) {
  const RequestHandle request{OCSP_REQUEST_new()};
  IdHandle id{OCSP_cert_to_id(EVP_sha1(), leaf.native(), issuer.native())};
  if (!request || !id || OCSP_request_add0_id(request.get(), id.get()) == nullptr)
    return fail(ErrorKind::internal, "An OCSP request could not be made: " + crypto::openssl_reason() + ".");
  (void)id.release();  // it belongs to the request now
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_REQUEST(request.get(), &der);
  if (size < 0) return fail(ErrorKind::internal, "An OCSP request could not be made: " + crypto::openssl_reason() + ".");
  std::string bytes{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
  OPENSSL_free(der);
  return bytes;
}

RevocationAnswer read_ocsp_response(std::string_view der, const crypto::Certificate& leaf, const crypto::Certificate& issuer, Time now) {
  auto answer = evaluate(der, leaf, issuer, now);
  ERR_clear_error();
  return answer;
}

}  // namespace carillon::certs
