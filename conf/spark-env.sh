# Read by Spark's launchers. What the user set stays.

# The Python that this Spark was installed for, so that an environment need not be activated.
own_python="${SPARK_HOME:-}/../../../../bin/python"
if [ -z "${PYSPARK_PYTHON:-}" ] && [ -x "$own_python" ]; then
  PYSPARK_PYTHON="$(cd "$(dirname "$own_python")" && pwd)/python"
  export PYSPARK_PYTHON
fi

# In local mode nothing leaves this machine.
case " $* " in
  *" --master "*) ;;
  *" org.apache.spark.deploy.SparkSubmit "*) export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}" ;;
esac
