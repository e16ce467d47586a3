"""Finding stored resources by what FHIR searches ask for."""
