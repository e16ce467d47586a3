import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirDefaultPolicyAdvisor;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;
import org.hl7.fhir.r5.elementmodel.Element;
import org.hl7.fhir.r5.elementmodel.JsonParser;
import org.hl7.fhir.r5.model.CanonicalResource;
import org.hl7.fhir.r5.model.CanonicalType;
import org.hl7.fhir.r5.utils.validation.IResourceValidator;
import org.hl7.fhir.r5.utils.validation.IValidatorResourceFetcher;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;

/**
 * What the validator of HAPI FHIR says of each resource: `Validate DEFINITIONS RESOURCES`, two folders of JSON files.
 * For each resource it prints one line of JSON: the name of its file, and its errors.
 */
class Validate {
  private static final FhirContext R4 = FhirContext.forR4();
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] folders) throws IOException {
    FhirValidator validator = validatorWith(Path.of(folders[0]));
    for (Path file : filesIn(Path.of(folders[1]))) {
      List<Map<String, String>> errors = errorsIn(validator, Files.readString(file));
      System.out.println(JSON.writeValueAsString(Map.of("name", file.getFileName().toString(), "errors", errors)));
    }
  }

  private static List<Map<String, String>> errorsIn(FhirValidator validator, String resource) {
    List<Map<String, String>> errors = new ArrayList<>();
    try {
      for (SingleValidationMessage each : validator.validateWithResult(resource).getMessages()) {
        if (each.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0) {
          errors.add(error(each.getMessageId(), each.getLocationString(), each.getMessage()));
        }
      }
    } catch (RuntimeException unreadable) {
      errors.add(error("unreadable", "", unreadable.getMessage()));
    }
    return errors;
  }

  private static Map<String, String> error(String rule, String place, String words) {
    return Map.of("rule", orNothing(rule), "place", orNothing(place), "words", orNothing(words));
  }

  private static String orNothing(String said) {
    return said == null ? "" : said;
  }

  /** Nothing is fetched: code systems that are not at hand are not held against a resource. */
  private static FhirValidator validatorWith(Path definitions) throws IOException {
    UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(R4);
    unknown.setNonExistentCodeSystemSeverity(IssueSeverity.WARNING);
    FhirInstanceValidator instances = new FhirInstanceValidator(new ValidationSupportChain(
        definitionsIn(definitions),
        new DefaultProfileValidationSupport(R4),
        new CommonCodeSystemsTerminologyService(R4),
        new InMemoryTerminologyServerValidationSupport(R4),
        new SnapshotGeneratingValidationSupport(R4),
        unknown));
    instances.setValidatorPolicyAdvisor(new TypesOfTargets());
    instances.setValidatorResourceFetcher(new TypesElsewhere());
    return R4.newValidator().registerValidatorModule(instances);
  }

  /** What a reference says of the type of its target is judged, though the target is not at hand. */
  private static class TypesOfTargets extends FhirDefaultPolicyAdvisor {
    @Override
    public ReferenceValidationPolicy policyForReference(
        IResourceValidator validator, Object context, String path, String url, ReferenceDestinationType kind) {
      return ReferenceValidationPolicy.CHECK_TYPE_IF_EXISTS;
    }
  }

  /** Nothing is fetched: of a target elsewhere its type alone is known, where its address tells it. */
  private static class TypesElsewhere implements IValidatorResourceFetcher {
    private static final Pattern ADDRESS =
        Pattern.compile("(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?");

    @Override
    public Element fetch(IResourceValidator validator, Object context, String url) throws IOException {
      Matcher address = ADDRESS.matcher(url);
      if (!address.matches() || !R4.getResourceTypes().contains(address.group(1))) {
        return null;
      }
      byte[] target = JSON.writeValueAsBytes(Map.of("resourceType", address.group(1), "id", address.group(2)));
      return new JsonParser(validator.getContext()).parseSingle(new ByteArrayInputStream(target), new ArrayList<>());
    }

    @Override
    public boolean resolveURL(IResourceValidator validator, Object context, String path, String url, String type,
        boolean canonical, List<CanonicalType> targets) {
      return true;
    }

    @Override
    public byte[] fetchRaw(IResourceValidator validator, String url) {
      return null;
    }

    @Override
    public IValidatorResourceFetcher setLocale(Locale locale) {
      return this;
    }

    @Override
    public CanonicalResource fetchCanonicalResource(IResourceValidator validator, Object context, String url) {
      return null;
    }

    @Override
    public boolean fetchesCanonicalResource(IResourceValidator validator, String url) {
      return false;
    }

    @Override
    public Set<ResourceVersionInformation> fetchCanonicalResourceVersions(
        IResourceValidator validator, Object context, String url) {
      return Set.of();
    }
  }

  private static PrePopulatedValidationSupport definitionsIn(Path folder) throws IOException {
    PrePopulatedValidationSupport found = new PrePopulatedValidationSupport(R4);
    for (Path file : filesIn(folder)) {
      Resource each = (Resource) R4.newJsonParser().parseResource(Files.readString(file));
      if (each instanceof StructureDefinition) {
        found.addStructureDefinition(each);
      } else if (each instanceof ValueSet) {
        found.addValueSet(each);
      } else if (each instanceof CodeSystem) {
        found.addCodeSystem(each);
      }
    }
    return found;
  }

  private static List<Path> filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(each -> each.toString().endsWith(".json")).sorted().toList();
    }
  }
}
