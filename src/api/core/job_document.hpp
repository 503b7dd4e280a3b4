#pragma once
// A job as the API and its events write it.

#include "jobs/jobs.hpp"

#include <boost/json/object.hpp>

namespace carillon::api {

[[nodiscard]] boost::json::object document_of(const jobs::Job& job);

}  // namespace carillon::api
